--- Fleets: launch templates, Auto Scaling groups, load balancers, target groups, listeners, security groups.

local list = require "awscicd.support.list"
local network = require "awscicd.fleet.network"
local balancer = require "awscicd.fleet.balancer"
local group = require "awscicd.fleet.group"
local prices = require "awscicd.fleet.prices"

local fleet = {
  network = network.default, security_group = network.security_group,
  target_group = balancer.target_group, load_balancer = balancer.load_balancer, url = balancer.url,
  launch_template = group.launch_template, group = group.get, auto_scaling_group = group.ensure,
  prices = prices.table, cost = prices.of_fleet, price = prices.of,
}

-- The newest image of Amazon Linux 2023, as its public parameter names it.
function fleet.amazon_linux(architecture)
  local name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-" .. (architecture or "x86_64")
  return aws.ssm.get_parameter { Name = name }.Parameter.Value
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- User data of an instance that serves /var/www/html and takes deployments: httpd and the CodeDeploy agent.
-- Options: page (text of the first index.html), lines (shell lines to append).
function fleet.web_server_data(options)
  options = options or {}
  return table.concat(list.append({
    "#!/bin/bash",
    "dnf install -y httpd ruby wget",
    options.page and ("echo %s > /var/www/html/index.html"):format(quoted(options.page)) or "true",
    "systemctl enable --now httpd",
    "cd /tmp",
    ("wget -q https://aws-codedeploy-%s.s3.%s.amazonaws.com/latest/install"):format(aws.region(), aws.region()),
    "chmod +x ./install",
    "./install auto",
    "systemctl enable --now codedeploy-agent",
  }, options.lines), "\n") .. "\n"
end

return fleet
