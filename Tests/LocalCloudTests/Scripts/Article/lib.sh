# Shared by the steps of the article: what is expected, what is refused, and waiting. Sourced, never run.

account=123456789012
artifacts=awscicd-artifacts-$account

step() { printf '==> %s\n' "$*"; }

fail() {
    printf 'FAILED at %s:%s: %s\n' "${BASH_SOURCE[1]##*/}" "${BASH_LINENO[0]}" "$*" >&2
    exit 1
}

# expect WHAT WANTED GOT: the two are the same text.
expect() {
    [ "$2" = "$3" ] || fail "$1"$'\n'"  wanted: $2"$'\n'"  got:    $3"
}

# refused TEXT COMMAND…: the command fails and says TEXT.
refused() {
    local text=$1 said
    shift
    if said=$("$@" 2>&1); then fail "was not refused: $*"; fi
    case $said in
        *"$text"*) ;;
        *) fail "refused otherwise: $*"$'\n'"  wanted: $text"$'\n'"  said:   $said" ;;
    esac
}

# until_is WANTED SECONDS COMMAND…: asks until the command says WANTED. A final state that is another ends it early.
until_is() {
    local wanted=$1 end=$((SECONDS + $2)) said
    shift 2
    while said=$("$@" 2>&1) || true; [ "$said" != "$wanted" ]; do
        [ "$SECONDS" -lt "$end" ] || fail "did not happen: $*"$'\n'"  wanted: $wanted"$'\n'"  said:   $said"
        case $wanted:$said in Succeeded:Failed* | Succeeded:Stopped*) fail "ended as $said: $*" ;; esac
        sleep 0.3
    done
}

# until_gone TEXT SECONDS COMMAND…: tries a deletion until it is no longer refused with TEXT.
until_gone() {
    local text=$1 end=$((SECONDS + $2)) said
    shift 2
    until said=$("$@" 2>&1); do
        case $said in *"$text"*) ;; *) fail "refused otherwise: $*"$'\n'"  $said" ;; esac
        [ "$SECONDS" -lt "$end" ] || fail "still refused: $*"$'\n'"  $said"
        sleep 0.5
    done
}

# Stage and status, one pair a line, as the article asks for them.
stages() {
    aws codepipeline get-pipeline-state --name awscicd-cap-pipeline \
        --query 'stageStates[].[stageName,latestExecution.status]' --output text
}
stage() {
    aws codepipeline get-pipeline-state --name awscicd-cap-pipeline \
        --query "stageStates[?stageName=='$1'].latestExecution.status | [0]" --output text
}
# The status of a stage in the run of one commit: later stages keep the status of the run before.
stage_of() {
    aws codepipeline get-pipeline-state --name awscicd-cap-pipeline \
        --query "stageStates[?stageName=='$1' && latestExecution.pipelineExecutionId=='$2'].latestExecution.status | [0]" --output text
}
