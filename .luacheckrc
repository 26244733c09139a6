std = "lua54"
max_line_length = 130
-- The names that every script finds preloaded; each is also require "awscicd.NAME".
read_globals = {
    "artifacts", "aws", "build", "deploy", "fs", "gate", "http", "json", "log", "notify", "pipeline",
    "process", "roles", "script", "secrets", "source", "task", "time",
    -- Scripts add prices and kinds of their own, and may wrap those that are there.
    fleet = { other_fields = true, fields = { prices = { read_only = false, other_fields = true } } },
    teardown = { other_fields = true, fields = { kinds = { read_only = false, other_fields = true } } },
}
