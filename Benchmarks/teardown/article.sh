#!/bin/bash
# The clean-up of the series as the article does it: one AWS CLI command after the other, each retried until accepted.
#
#   Benchmarks/teardown/article.sh PREFIX
#
# The article leaves some of it standing; here everything goes that scripts/teardown.lua deletes, so that both do one job.
set -uo pipefail

prefix=$1
account=$(aws sts get-caller-identity --query Account --output text)
bucket=$prefix-artifacts-$account
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
export AWS_PAGER=''

# Once more, a second later, until the service accepts it; what never is ends the script.
retried() {
    local tries=0
    until aws "$@" >/dev/null 2>"$errors"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 300 ]; then
            printf 'never accepted: aws %s\n' "$*" >&2
            cat "$errors" >&2
            exit 1
        fi
        sleep 1
    done
}

# Waits until a question has an empty answer.
until_none() {
    while answer=$(aws "$@" --output text 2>/dev/null) && [ -n "$answer" ] && [ "$answer" != None ]; do sleep 1; done
}

# What starts and announces the pipeline, and the pipeline.
retried events remove-targets --rule "$prefix-cap-trigger" \
    --ids "$(aws events list-targets-by-rule --rule "$prefix-cap-trigger" --query 'Targets[0].Id' --output text)"
retried events delete-rule --name "$prefix-cap-trigger"
for arn in $(aws codestar-notifications list-notification-rules --query 'NotificationRules[].Arn' --output text); do
    name=$(aws codestar-notifications describe-notification-rule --arn "$arn" --query Name --output text)
    [ "$name" != "$prefix-cap-notifications" ] || retried codestar-notifications delete-notification-rule --arn "$arn"
done
retried codepipeline delete-pipeline --name "$prefix-cap-pipeline"
retried sns delete-topic --topic-arn "arn:aws:sns:$AWS_REGION:$account:$prefix-cap-topic"

# The deployment group, then the fleets: the one that was made, and the copy that blue/green left live.
retried deploy delete-deployment-group --application-name "$prefix-demo" --deployment-group-name "$prefix-cap-dg"
retried deploy delete-application --application-name "$prefix-demo"
groups=$(aws autoscaling describe-auto-scaling-groups --output text --query "AutoScalingGroups[?\
AutoScalingGroupName=='$prefix-cap-asg' || starts_with(AutoScalingGroupName, 'CodeDeploy_$prefix-')].AutoScalingGroupName")
for group in $groups; do
    retried autoscaling delete-auto-scaling-group --auto-scaling-group-name "$group" --force-delete
done

# The load balancer, its target group, the template; then the security groups, when their interfaces are gone.
retried elbv2 delete-load-balancer --load-balancer-arn "$(aws elbv2 describe-load-balancers \
    --names "$prefix-cap-alb" --query 'LoadBalancers[0].LoadBalancerArn' --output text)"
retried elbv2 delete-target-group --target-group-arn "$(aws elbv2 describe-target-groups \
    --names "$prefix-cap-tg" --query 'TargetGroups[0].TargetGroupArn' --output text)"
for group in $groups; do
    until_none autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$group" \
        --query 'AutoScalingGroups[].AutoScalingGroupName'
done
retried ec2 delete-launch-template --launch-template-name "$prefix-cap-lt"
for name in "$prefix-cap-sg" "$prefix-cap-alb-sg"; do
    retried ec2 delete-security-group --group-id "$(aws ec2 describe-security-groups \
        --filters "Name=group-name,Values=$name" --query 'SecurityGroups[0].GroupId' --output text)"
done

# Where code, packages and artifacts are. The bucket is versioned: `s3 rm --recursive` alone would leave it full.
for report in $(aws codebuild list-report-groups --query "reportGroups[?contains(@, '/$prefix-demo-build-')]" --output text); do
    retried codebuild delete-report-group --arn "$report" --delete-reports
done
retried codebuild delete-project --name "$prefix-demo-build"
retried logs delete-log-group --log-group-name "/aws/codebuild/$prefix-demo-build"
retried codecommit delete-repository --repository-name "$prefix-demo-app"
retried s3api delete-objects --bucket "$bucket" --delete "$(aws s3api list-object-versions --bucket "$bucket" \
    --query '{Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}}' --output json)"
retried s3api delete-bucket --bucket "$bucket"
retried codeartifact delete-repository --domain "$prefix" --repository demo-repo
for repository in $(aws codeartifact list-repositories-in-domain --domain "$prefix" --query 'repositories[].name' --output text); do
    retried codeartifact delete-repository --domain "$prefix" --repository "$repository"
done
retried codeartifact delete-domain --domain "$prefix"

# Parameters and the secret.
if [ "$prefix" = awscicd ]; then parameters=/cicddemo; else parameters=/$prefix; fi
retried ssm delete-parameters --names "$parameters/greeting" "$parameters/api-key"
retried secretsmanager delete-secret --secret-id "$prefix/demo/db" --force-delete-without-recovery

# Roles last.
retried iam remove-role-from-instance-profile --instance-profile-name "$prefix-instance-profile" \
    --role-name "$prefix-instance-role"
retried iam delete-instance-profile --instance-profile-name "$prefix-instance-profile"
for role in codebuild codepipeline codedeploy instance events; do
    for policy in $(aws iam list-role-policies --role-name "$prefix-$role-role" --query 'PolicyNames' --output text); do
        retried iam delete-role-policy --role-name "$prefix-$role-role" --policy-name "$policy"
    done
    retried iam delete-role --role-name "$prefix-$role-role"
done
