-- Many small resources of quick kinds, all with one tag: for teardowns that meet the services' call limits.

local many = {}

local trust = json.encode {
  Version = "2012-10-17",
  Statement = { { Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" } },
}

-- One resource of each kind, and how many of twenty are of it.
local kinds = {
  { 4, function(name, tags)
    aws.ssm.put_parameter { Name = "/" .. name, Value = "v", Type = "String", Tags = tags }
  end },
  { 3, function(name, _, map) aws.logs.create_log_group { logGroupName = name, tags = map } end },
  { 3, function(name, tags)
    aws.cloudwatch.put_metric_alarm {
      AlarmName = name, Namespace = "Many", MetricName = "Errors", Statistic = "Sum", Period = 60, EvaluationPeriods = 1,
      Threshold = 1, ComparisonOperator = "GreaterThanThreshold", Tags = tags,
    }
  end },
  { 2, function(name, tags) aws.sns.create_topic { Name = name, Tags = tags } end },
  { 2, function(name, tags)
    aws.ec2.create_security_group {
      GroupName = name, Description = name, TagSpecifications = { { ResourceType = "security-group", Tags = tags } },
    }
  end },
  { 2, function(name, tags)
    aws.ec2.create_launch_template {
      LaunchTemplateName = name, LaunchTemplateData = { InstanceType = "t3.micro" },
      TagSpecifications = { { ResourceType = "launch-template", Tags = tags } },
    }
  end },
  { 2, function(name, tags) aws.secretsmanager.create_secret { Name = name, SecretString = "v", Tags = tags } end },
  { 1, function(name, tags)
    aws.iam.create_role { RoleName = name, AssumeRolePolicyDocument = trust, Tags = tags }
  end },
  { 1, function(name, tags)
    aws.s3.create_bucket { Bucket = name }
    aws.s3.put_bucket_tagging { Bucket = name, Tagging = { TagSet = tags } }
    aws.s3.put_object { Bucket = name, Key = "object", Body = "v" }
  end },
}

-- Makes `count` resources (a multiple of 20) with the tag `key` = `value`.
function many.make(count, key, value)
  assert(count % 20 == 0, "the count has to be a multiple of 20")
  local makers = {}
  for _, kind in ipairs(kinds) do
    for _ = 1, kind[1] * count // 20 do makers[#makers + 1] = kind[2] end
  end
  local tags, map = { { Key = key, Value = value } }, { [key] = value }
  task.map(makers, function(make, at) make(("many-%05d"):format(at), tags, map) end, { limit = 8 })
end

return many
