--- Fleets: launch templates, Auto Scaling groups, load balancers, target groups, listeners, security groups.
--
--   local place = fleet.network()
--   local targets = fleet.target_group { name = "web-tg", vpc = place.vpc }
--   local site = fleet.load_balancer { name = "web", subnets = place.subnets, target_group = targets.arn }
--   local template = fleet.launch_template { name = "web-lt", image = fleet.amazon_linux() }
--   fleet.auto_scaling_group { name = "web-asg", template = template.id, subnets = place.subnets, size = 2,
--     target_groups = { targets.arn } }:wait_healthy()

local balancer = require "awscicd.fleet.balancer"
local group = require "awscicd.fleet.group"
local list = require "awscicd.support.list"
local module = require "awscicd.support.module"
local network = require "awscicd.fleet.network"
local options_of = require "awscicd.support.options"
local prices = require "awscicd.fleet.prices"
local refresh = require "awscicd.fleet.refresh"

local fleet = module("fleet", {
  network = network.default, security_group = network.security_group,
  target_group = balancer.target_group, load_balancer = balancer.load_balancer, listener = balancer.listener,
  url = balancer.url, health = balancer.health,
  launch_template = require "awscicd.fleet.template", group = group.get, auto_scaling_group = group.ensure,
  refreshes = refresh.list, prices = prices.table, cost = prices.of_fleet, price = prices.of,
})

-- The newest image of Amazon Linux 2023 for "x86_64" (the default) or "arm64", as its public parameter names it.
function fleet.amazon_linux(architecture)
  local name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-" .. (architecture or "x86_64")
  return aws.ssm.get_parameter { Name = name }.Parameter.Value
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function user_data(packages, before, after)
  local lines = list.append({ "#!/bin/bash", "dnf install -y " .. packages }, before)
  list.append(lines, {
    "cd /tmp",
    ("wget -q https://aws-codedeploy-%s.s3.%s.amazonaws.com/latest/install"):format(aws.region(), aws.region()),
    "chmod +x ./install",
    "./install auto",
    "systemctl enable --now codedeploy-agent",
  })
  return table.concat(list.append(lines, after), "\n") .. "\n"
end

-- User data of an instance that takes deployments: the CodeDeploy agent. Options: lines (shell lines to append).
function fleet.agent_data(options)
  options = options_of.check("fleet.agent_data", options, { lines = "list" })
  return user_data("ruby wget", {}, options.lines)
end

-- The same with a web server that serves /var/www/html (httpd). Options: page (text of the first index.html), lines.
function fleet.web_server_data(options)
  options = options_of.check("fleet.web_server_data", options, { page = "string", lines = "list" })
  local page = options.page and ("echo %s > /var/www/html/index.html"):format(quoted(options.page))
  return user_data("httpd ruby wget", { page or "true", "systemctl enable --now httpd" }, options.lines)
end

return fleet
