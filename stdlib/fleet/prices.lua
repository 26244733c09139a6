-- What a fleet costs an hour, from a small table of public on-demand prices (Linux, us-east-1, US dollars). A script
-- overrides any entry: fleet.prices["t3.micro"] = 0.0116.

local list = require "awscicd.support.list"

local prices = {}

prices.table = {
  ["t3.nano"] = 0.0052, ["t3.micro"] = 0.0104, ["t3.small"] = 0.0208, ["t3.medium"] = 0.0416, ["t3.large"] = 0.0832,
  ["t4g.nano"] = 0.0042, ["t4g.micro"] = 0.0084, ["t4g.small"] = 0.0168, ["t4g.medium"] = 0.0336,
  ["m5.large"] = 0.096, ["m5.xlarge"] = 0.192, ["m6i.large"] = 0.096, ["c5.large"] = 0.085, ["c6i.large"] = 0.085,
  application_load_balancer = 0.0225, nat_gateway = 0.045, public_ipv4 = 0.005,
}

-- The price of one thing an hour, or nil when the table does not have it.
function prices.of(what) return prices.table[what] end

-- What Auto Scaling groups and load balancers, by name, cost an hour now: { dollars, unknown = { type, ... }, lines }.
function prices.of_fleet(options)
  local total, unknown, lines = 0, {}, {}
  local function add(count, what)
    local price = prices.of(what)
    if not price then
      unknown[#unknown + 1] = what
      lines[#lines + 1] = ("%d × %s: price unknown"):format(count, what)
    else
      total = total + count * price
      lines[#lines + 1] = ("%d × %s: $%.4f/h"):format(count, what, count * price)
    end
  end
  local count = {}
  for _, name in ipairs(options.groups or {}) do
    local found = aws.autoscaling.describe_auto_scaling_groups { AutoScalingGroupNames = { name } }.AutoScalingGroups[1]
    for _, instance in ipairs(found and found.Instances or {}) do
      local kind = instance.InstanceType or "unknown"
      count[kind] = (count[kind] or 0) + 1
    end
  end
  for _, kind in ipairs(list.keys(count)) do add(count[kind], kind) end
  if #(options.load_balancers or {}) > 0 then add(#options.load_balancers, "application_load_balancer") end
  return { dollars = total, unknown = unknown, lines = lines }
end

return prices
