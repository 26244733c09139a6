-- The AWS that a teardown speaks to: as the script's own, but patient. It keeps to the services' published call limits
-- (teardown.pace), and where it is throttled all the same, it holds its rate down ("adaptive") instead of failing.

local pace = require "awscicd.teardown.pace"

return pace.client(aws.client { retry_mode = "adaptive", retries = 8 })
