-- What a fleet costs an hour, from a small table of public on-demand prices (Linux, us-east-1, US dollars, without traffic,
-- disks and capacity units). A script overrides or adds any entry: fleet.prices["t3.micro"] = 0.0116.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local prices = {}

prices.table = {
  ["t3.nano"] = 0.0052, ["t3.micro"] = 0.0104, ["t3.small"] = 0.0208, ["t3.medium"] = 0.0416, ["t3.large"] = 0.0832,
  ["t4g.nano"] = 0.0042, ["t4g.micro"] = 0.0084, ["t4g.small"] = 0.0168, ["t4g.medium"] = 0.0336,
  ["m5.large"] = 0.096, ["m5.xlarge"] = 0.192, ["m6i.large"] = 0.096, ["c5.large"] = 0.085, ["c6i.large"] = 0.085,
  application_load_balancer = 0.0225, nat_gateway = 0.045, public_ipv4 = 0.005,
}

-- The price of one thing an hour in US dollars, or nil when the table does not have it.
function prices.of(what) return prices.table[what] end

local function addresses(ids)
  local count = 0
  for _, slice in ipairs(list.chunks(ids, 100)) do
    for page in aws.ec2.pages.describe_instances { InstanceIds = slice } do
      for _, reservation in ipairs(page.Reservations) do
        for _, instance in ipairs(reservation.Instances) do
          if instance.PublicIpAddress then count = count + 1 end
        end
      end
    end
  end
  return count
end

-- What Auto Scaling groups and load balancers, by name, and other things cost an hour now. Options: groups, load_balancers,
-- others = { [name of the table] = count }. Returns { dollars (an hour), unknown
-- = { type, ... }, lines = { text, ... } }; what is unknown is not in the sum.
function prices.of_fleet(options)
  options = options_of.check("fleet.cost", options, { groups = "list", load_balancers = "list", others = "table" })
  local total, unknown, lines = 0, {}, {}
  local function add(count, what)
    local price = prices.of(what)
    if count == 0 then return end
    if not price then
      unknown[#unknown + 1] = what
      lines[#lines + 1] = ("%d × %s: price unknown"):format(count, what)
    else
      total = total + count * price
      lines[#lines + 1] = ("%d × %s: $%.4f/h"):format(count, what, count * price)
    end
  end
  local count, ids = {}, {}
  for _, name in ipairs(options.groups or {}) do
    local found = aws.autoscaling.describe_auto_scaling_groups { AutoScalingGroupNames = { name } }.AutoScalingGroups[1]
    if not found then error(("fleet.cost: there is no Auto Scaling group %q"):format(name), 2) end
    for _, instance in ipairs(found.Instances) do
      local kind = instance.InstanceType or "unknown"
      count[kind] = (count[kind] or 0) + 1
      ids[#ids + 1] = instance.InstanceId
    end
  end
  for _, kind in ipairs(list.keys(count)) do add(count[kind], kind) end
  add(addresses(ids), "public_ipv4")
  add(#(options.load_balancers or {}), "application_load_balancer")
  for _, what in ipairs(list.keys(options.others)) do add(options.others[what], what) end
  return { dollars = total, unknown = unknown, lines = lines }
end

return prices
