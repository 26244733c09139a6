std = "lua54"
max_line_length = 130
-- The names that every script finds preloaded; each is also require "awscicd.NAME".
read_globals = {
    "artifacts", "aws", "build", "deploy", "fleet", "fs", "gate", "http", "json", "log", "notify", "pipeline",
    "process", "roles", "script", "secrets", "source", "task", "teardown", "time",
}
