-- Opens 30 services and calls one operation of each. Argument: URL. Prints how much memory that took at its peak, in KB.
local calls = {
  acm = "list_certificates", apigateway = "get_rest_apis", athena = "list_work_groups",
  autoscaling = "describe_auto_scaling_groups",
  cloudformation = "list_stacks", cloudfront = "list_distributions", cloudtrail = "describe_trails",
  cloudwatch = "describe_alarms",
  codebuild = "list_projects", codecommit = "list_repositories", codedeploy = "list_applications",
  codepipeline = "list_pipelines", dynamodb = "list_tables", ec2 = "describe_vpcs", ecr = "describe_repositories",
  ecs = "list_clusters", elbv2 = "describe_load_balancers", events = "list_rules", iam = "list_roles", kms = "list_keys",
  lambda = "list_functions", logs = "describe_log_groups", rds = "describe_db_instances", route53 = "list_hosted_zones",
  s3 = "list_buckets", secretsmanager = "list_secrets", sns = "list_topics", sqs = "list_queues",
  ssm = "describe_parameters", sts = "get_caller_identity",
}
local count = 0
for service, operation in pairs(calls) do
  aws.client { service = service, endpoint = arg[1] }[operation] {}
  count = count + 1
end
assert(count == 30)
local status = fs.read("/proc/self/status")
print((assert(status:match("VmHWM:%s*(%d+) kB"), "the system does not say how much memory is used")))
