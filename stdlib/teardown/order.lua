-- The default order of a teardown: what goes after what, and why. It is data to copy and change:
--
--   local order = teardown.order()
--   order.s3_bucket.after.log_group = "our auditors want the logs first"
--   teardown.run { order = order, ... }

local needs_role = "a service whose role is gone cannot clean up after itself"
local late_deployment = "a deployment that runs registers targets behind it"
local build_reads = "a build that runs reads it"

return function()
  return {
    notification_rule = { after = {} },
    event_rule = { after = {} },
    pipeline = { after = {
      event_rule = "the rule would start the pipeline again",
    } },
    deployment_group = { after = {
      pipeline = "a running pipeline would start another deployment",
    } },
    deployment_application = { after = {
      deployment_group = "deleting the application drops its groups without cleaning their hooks up",
    } },
    auto_scaling_group = { after = {
      deployment_group = "CodeDeploy takes its lifecycle hook out of the group only while the group exists",
    } },
    instance = { after = {
      auto_scaling_group = "the group would replace a terminated instance",
      deployment_group = "a deployment that runs would fail on it, and launch others",
    } },
    alarm = { after = {
      deployment_group = "a deployment that watches a missing alarm stops",
    } },
    load_balancer = { after = {
      pipeline = late_deployment,
      deployment_group = late_deployment,
    } },
    target_group = { after = {
      load_balancer = "it is in use until the load balancer's listeners are gone",
      auto_scaling_group = "the group registers its instances in it",
    } },
    launch_template = { after = {
      auto_scaling_group = "a replacement launch would fail without its template",
    } },
    security_group = { after = {
      auto_scaling_group = "its instances' interfaces are in it",
      instance = "their interfaces are in it",
      load_balancer = "its interfaces are in it, some minutes longer than it stands",
      launch_template = "a launch would fail without its security group",
    } },
    build_project = { after = {
      pipeline = "a running pipeline would start builds of it",
    } },
    report_group = { after = {
      build_project = "a build makes its report groups again",
    } },
    log_group = { after = {
      build_project = "a late build writes its log group again",
      auto_scaling_group = "instances write until they are gone",
    } },
    repository = { after = {
      pipeline = "the pipeline reads it",
      build_project = build_reads,
    } },
    s3_bucket = { after = {
      pipeline = "the pipeline writes artifacts to it",
      build_project = "builds write artifacts to it",
      deployment_group = "deployments read their bundle from it",
    } },
    parameter = { after = { build_project = build_reads } },
    secret = { after = { build_project = build_reads } },
    package_repository = { after = { build_project = build_reads } },
    package_domain = { after = { package_repository = "a domain with repositories is refused" } },
    topic = { after = {
      notification_rule = "the rule reports to it",
      pipeline = "approvals are announced on it",
    } },
    queue = { after = {} },
    instance_profile = { after = {
      auto_scaling_group = "a launch would fail without it",
      launch_template = "the template names it",
      instance = "the instance uses it",
    } },
    role = { after = {
      pipeline = needs_role,
      build_project = needs_role,
      deployment_group = needs_role,
      deployment_application = needs_role,
      event_rule = "the rule assumes it",
      instance_profile = "a role in an instance profile is refused",
    } },
    policy = { after = { role = "a policy that is attached is refused" } },
  }
end
