-- The AWS that a teardown speaks to: as the script's own, but patient. A teardown of thousands of resources meets the
-- services' call limits; this client then holds its own rate down ("adaptive") in place of failing or hammering on.

return aws.client { retry_mode = "adaptive", retries = 8 }
