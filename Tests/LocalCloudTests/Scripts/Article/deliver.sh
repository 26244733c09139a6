# Article 16: the pipeline, v2 and v3. Sourced by article.sh.

# The status of a run, by the revision that it brings.
execution_of() {
    aws codepipeline list-pipeline-executions --pipeline-name awscicd-cap-pipeline \
        --query "pipelineExecutionSummaries[?sourceRevisions[0].revisionId=='$1'].pipelineExecutionId | [0]" --output text
}
# await_token EARLIER: waits for the approval's token. EARLIER is the status that each stage has from the run before. What
# is seen on the way has to be what the run goes through, in its order.
await_token() {
    local e=$1 rank=0 state seen end=$((SECONDS + 300)) moments
    moments=("$e $e $e $e" "InProgress $e $e $e" "Succeeded $e $e $e" "Succeeded InProgress $e $e" "Succeeded Succeeded $e $e"
        "Succeeded Succeeded InProgress $e")
    while
        state=$(aws codepipeline get-pipeline-state --name awscicd-cap-pipeline \
            --query 'stageStates[].[latestExecution.status, actionStates[0].latestExecution.token]' --output text)
        seen=$(cut -f1 <<< "$state" | paste -sd ' ')
        until [ "$seen" = "${moments[rank]}" ]; do
            rank=$((rank + 1))
            [ "$rank" -lt "${#moments[@]}" ] || fail "a state out of order: $seen"
        done
        token=$(sed -n 3p <<< "$state" | cut -f2)
        [ "$token" = None ]
    do
        [ "$SECONDS" -lt "$end" ] || fail "no approval is asked for: $seen"
        sleep 0.3
    done
}
approve() {
    aws codepipeline put-approval-result --pipeline-name awscicd-cap-pipeline --stage-name Approval \
        --action-name ManualApproval --result 'summary="Looks good",status=Approved' --token "$1"
}

step "article 16: the pipeline; its creation starts the first run"
sed -e "s/@ACCOUNT@/$account/" -e "s/@BUCKET@/$artifacts/" -e "s/@TOPIC@/$topic/" "$here/pipeline.json" > pipeline.json
aws codepipeline create-pipeline --cli-input-json file://pipeline.json >/dev/null
pipeline=$(aws codepipeline get-pipeline --name awscicd-cap-pipeline --query metadata.pipelineArn --output text)
aws codestar-notifications create-notification-rule --name awscicd-cap-notify --detail-type BASIC --resource "$pipeline" \
    --event-type-ids codepipeline-pipeline-pipeline-execution-failed codepipeline-pipeline-manual-approval-needed \
    --targets "TargetType=SNS,TargetAddress=$topic" >/dev/null
await_token None
first_token=$token
expect "the first run waits" $'Source\tSucceeded\nBuildAndTest\tSucceeded\nApproval\tInProgress\nDeployBlueGreen\tNone' "$(stages)"

step "the build: tests ran, secrets are masked"
build=$(aws codebuild list-builds-for-project --project-name awscicd-demo-build --query 'ids[0]' --output text)
expect "the build" SUCCEEDED "$(aws codebuild batch-get-builds --ids "$build" --query 'builds[0].buildStatus' --output text)"
report=$(aws codebuild batch-get-builds --ids "$build" --query 'builds[0].reportArns[0]' --output text)
expect "its test" $'test_title\tSUCCEEDED' \
    "$(aws codebuild describe-test-cases --report-arn "$report" --query 'testCases[].[name,status]' --output text)"
aws logs filter-log-events --log-group-name /aws/codebuild/awscicd-demo-build --query 'events[].message' --output text > log
grep -q 'greeting=\*\*\* key=\*\*\* password=\*\*\*' log || fail "the log does not mask the secrets: $(grep greeting= log)"

step "v2 goes live blue/green under load"
refused InvalidApprovalTokenException approve 00000000-0000-0000-0000-000000000000
hey -z 1800s -t 0 -c 8 -q 25 -o csv "http://$dns/" > load.csv 2> load.err &
load=$!
approve "$first_token" >/dev/null
refused ApprovalAlreadyCompletedException approve "$first_token"
until_is Succeeded 300 stage DeployBlueGreen
curl -fsS "http://$dns/" | grep -q 'awscicd demo app — v2' || fail "v2 is not served"

step "push v3"
sed -i 's/v2/v3/' app/index.html
git -C app commit -qam "Update index.html to v3"
git -C app push -q origin HEAD:main
commit=$(git -C app rev-parse HEAD)
end=$((SECONDS + 300))
while run=$(execution_of "$commit"); [ "$run" = None ]; do
    [ "$SECONDS" -lt "$end" ] || fail "the push started nothing"
    sleep 0.3
done
await_token Succeeded
second_token=$token
expect "the second run waits; the last stage keeps its earlier status" \
    $'Source\tSucceeded\nBuildAndTest\tSucceeded\nApproval\tInProgress\nDeployBlueGreen\tSucceeded' "$(stages)"
expect "the source action names the commit" "$commit"$'\tUpdate index.html to v3' \
    "$(aws codepipeline get-pipeline-state --name awscicd-cap-pipeline \
        --query 'stageStates[0].actionStates[0].[currentRevision.revisionId,latestExecution.summary]' --output text | tr -d '\n')"
approve "$second_token" >/dev/null
until_is Succeeded 300 stage_of DeployBlueGreen "$run"
expect "four stages" $'Source\tSucceeded\nBuildAndTest\tSucceeded\nApproval\tSucceeded\nDeployBlueGreen\tSucceeded' "$(stages)"
for _ in 1 2 3 4 5 6 7 8; do
    curl -fsS "http://$dns/" | grep -q 'awscicd demo app — v3' || fail "v3 is not served"
done
kill -INT "$load"
wait "$load" || true

step "no request failed in two switches"
answers=$(tail -n +2 load.csv | cut -d, -f7 | sort | uniq -c | sed 's/^ *//')
case $answers in *' 200') ;; *) fail "answers by status: $answers"$'\n'"$(cat load.err)" ;; esac
case $answers in *$'\n'*) fail "answers by status: $answers" ;; esac
printf '    %s requests\n' "${answers% 200}"
deployments=$(aws deploy list-deployments --application-name awscicd-demo --deployment-group-name awscicd-cap-dg \
    --include-only-statuses Succeeded --query 'length(deployments)')
expect "deployments" 2 "$deployments"
