// Written by scripts/embed-stdlib.sh; do not edit. The Lua files of stdlib/, as bytes of the binary.
#include "CStdlib.h"

static const unsigned char file0[] = {
#embed "../../stdlib/artifacts.lua" suffix(,)
    0};
static const unsigned char file1[] = {
#embed "../../stdlib/artifacts/base64.lua" suffix(,)
    0};
static const unsigned char file2[] = {
#embed "../../stdlib/artifacts/packages.lua" suffix(,)
    0};
static const unsigned char file3[] = {
#embed "../../stdlib/artifacts/wheel.lua" suffix(,)
    0};
static const unsigned char file4[] = {
#embed "../../stdlib/artifacts/zip.lua" suffix(,)
    0};
static const unsigned char file5[] = {
#embed "../../stdlib/aws.lua" suffix(,)
    0};
static const unsigned char file6[] = {
#embed "../../stdlib/build.lua" suffix(,)
    0};
static const unsigned char file7[] = {
#embed "../../stdlib/build/builds.lua" suffix(,)
    0};
static const unsigned char file8[] = {
#embed "../../stdlib/build/environment.lua" suffix(,)
    0};
static const unsigned char file9[] = {
#embed "../../stdlib/build/logs.lua" suffix(,)
    0};
static const unsigned char file10[] = {
#embed "../../stdlib/build/tests.lua" suffix(,)
    0};
static const unsigned char file11[] = {
#embed "../../stdlib/deploy.lua" suffix(,)
    0};
static const unsigned char file12[] = {
#embed "../../stdlib/deploy/deployments.lua" suffix(,)
    0};
static const unsigned char file13[] = {
#embed "../../stdlib/deploy/groups.lua" suffix(,)
    0};
static const unsigned char file14[] = {
#embed "../../stdlib/deploy/targets.lua" suffix(,)
    0};
static const unsigned char file15[] = {
#embed "../../stdlib/deploy/verify.lua" suffix(,)
    0};
static const unsigned char file16[] = {
#embed "../../stdlib/fleet.lua" suffix(,)
    0};
static const unsigned char file17[] = {
#embed "../../stdlib/fleet/balancer.lua" suffix(,)
    0};
static const unsigned char file18[] = {
#embed "../../stdlib/fleet/group.lua" suffix(,)
    0};
static const unsigned char file19[] = {
#embed "../../stdlib/fleet/network.lua" suffix(,)
    0};
static const unsigned char file20[] = {
#embed "../../stdlib/fleet/prices.lua" suffix(,)
    0};
static const unsigned char file21[] = {
#embed "../../stdlib/fleet/refresh.lua" suffix(,)
    0};
static const unsigned char file22[] = {
#embed "../../stdlib/fleet/template.lua" suffix(,)
    0};
static const unsigned char file23[] = {
#embed "../../stdlib/gate.lua" suffix(,)
    0};
static const unsigned char file24[] = {
#embed "../../stdlib/gate/answers.lua" suffix(,)
    0};
static const unsigned char file25[] = {
#embed "../../stdlib/gate/checks.lua" suffix(,)
    0};
static const unsigned char file26[] = {
#embed "../../stdlib/gate/combine.lua" suffix(,)
    0};
static const unsigned char file27[] = {
#embed "../../stdlib/gate/decide.lua" suffix(,)
    0};
static const unsigned char file28[] = {
#embed "../../stdlib/gate/open.lua" suffix(,)
    0};
static const unsigned char file29[] = {
#embed "../../stdlib/gate/people.lua" suffix(,)
    0};
static const unsigned char file30[] = {
#embed "../../stdlib/gate/request.lua" suffix(,)
    0};
static const unsigned char file31[] = {
#embed "../../stdlib/gate/serve.lua" suffix(,)
    0};
static const unsigned char file32[] = {
#embed "../../stdlib/gate/window.lua" suffix(,)
    0};
static const unsigned char file33[] = {
#embed "../../stdlib/http.lua" suffix(,)
    0};
static const unsigned char file34[] = {
#embed "../../stdlib/json.lua" suffix(,)
    0};
static const unsigned char file35[] = {
#embed "../../stdlib/loader.lua" suffix(,)
    0};
static const unsigned char file36[] = {
#embed "../../stdlib/notify.lua" suffix(,)
    0};
static const unsigned char file37[] = {
#embed "../../stdlib/notify/queue.lua" suffix(,)
    0};
static const unsigned char file38[] = {
#embed "../../stdlib/pipeline.lua" suffix(,)
    0};
static const unsigned char file39[] = {
#embed "../../stdlib/pipeline/action.lua" suffix(,)
    0};
static const unsigned char file40[] = {
#embed "../../stdlib/pipeline/actions.lua" suffix(,)
    0};
static const unsigned char file41[] = {
#embed "../../stdlib/pipeline/check.lua" suffix(,)
    0};
static const unsigned char file42[] = {
#embed "../../stdlib/pipeline/conditions.lua" suffix(,)
    0};
static const unsigned char file43[] = {
#embed "../../stdlib/pipeline/definition.lua" suffix(,)
    0};
static const unsigned char file44[] = {
#embed "../../stdlib/pipeline/diff.lua" suffix(,)
    0};
static const unsigned char file45[] = {
#embed "../../stdlib/pipeline/draw.lua" suffix(,)
    0};
static const unsigned char file46[] = {
#embed "../../stdlib/pipeline/failure.lua" suffix(,)
    0};
static const unsigned char file47[] = {
#embed "../../stdlib/pipeline/references.lua" suffix(,)
    0};
static const unsigned char file48[] = {
#embed "../../stdlib/pipeline/rules.lua" suffix(,)
    0};
static const unsigned char file49[] = {
#embed "../../stdlib/pipeline/run.lua" suffix(,)
    0};
static const unsigned char file50[] = {
#embed "../../stdlib/pipeline/state.lua" suffix(,)
    0};
static const unsigned char file51[] = {
#embed "../../stdlib/pipeline/triggers.lua" suffix(,)
    0};
static const unsigned char file52[] = {
#embed "../../stdlib/pipeline/unstarted.lua" suffix(,)
    0};
static const unsigned char file53[] = {
#embed "../../stdlib/pipeline/variables.lua" suffix(,)
    0};
static const unsigned char file54[] = {
#embed "../../stdlib/process.lua" suffix(,)
    0};
static const unsigned char file55[] = {
#embed "../../stdlib/prompt.lua" suffix(,)
    0};
static const unsigned char file56[] = {
#embed "../../stdlib/prompt/locals.lua" suffix(,)
    0};
static const unsigned char file57[] = {
#embed "../../stdlib/roles.lua" suffix(,)
    0};
static const unsigned char file58[] = {
#embed "../../stdlib/roles/assumable.lua" suffix(,)
    0};
static const unsigned char file59[] = {
#embed "../../stdlib/roles/presets.lua" suffix(,)
    0};
static const unsigned char file60[] = {
#embed "../../stdlib/script.lua" suffix(,)
    0};
static const unsigned char file61[] = {
#embed "../../stdlib/script/help.lua" suffix(,)
    0};
static const unsigned char file62[] = {
#embed "../../stdlib/script/types.lua" suffix(,)
    0};
static const unsigned char file63[] = {
#embed "../../stdlib/secrets.lua" suffix(,)
    0};
static const unsigned char file64[] = {
#embed "../../stdlib/source.lua" suffix(,)
    0};
static const unsigned char file65[] = {
#embed "../../stdlib/source/branches.lua" suffix(,)
    0};
static const unsigned char file66[] = {
#embed "../../stdlib/source/changes.lua" suffix(,)
    0};
static const unsigned char file67[] = {
#embed "../../stdlib/source/commits.lua" suffix(,)
    0};
static const unsigned char file68[] = {
#embed "../../stdlib/source/pull_requests.lua" suffix(,)
    0};
static const unsigned char file69[] = {
#embed "../../stdlib/source/push.lua" suffix(,)
    0};
static const unsigned char file70[] = {
#embed "../../stdlib/source/starts.lua" suffix(,)
    0};
static const unsigned char file71[] = {
#embed "../../stdlib/support/arn.lua" suffix(,)
    0};
static const unsigned char file72[] = {
#embed "../../stdlib/support/board.lua" suffix(,)
    0};
static const unsigned char file73[] = {
#embed "../../stdlib/support/lazy.lua" suffix(,)
    0};
static const unsigned char file74[] = {
#embed "../../stdlib/support/list.lua" suffix(,)
    0};
static const unsigned char file75[] = {
#embed "../../stdlib/support/module.lua" suffix(,)
    0};
static const unsigned char file76[] = {
#embed "../../stdlib/support/options.lua" suffix(,)
    0};
static const unsigned char file77[] = {
#embed "../../stdlib/support/poll.lua" suffix(,)
    0};
static const unsigned char file78[] = {
#embed "../../stdlib/support/progress.lua" suffix(,)
    0};
static const unsigned char file79[] = {
#embed "../../stdlib/support/same.lua" suffix(,)
    0};
static const unsigned char file80[] = {
#embed "../../stdlib/support/tags.lua" suffix(,)
    0};
static const unsigned char file81[] = {
#embed "../../stdlib/support/text.lua" suffix(,)
    0};
static const unsigned char file82[] = {
#embed "../../stdlib/support/textdiff.lua" suffix(,)
    0};
static const unsigned char file83[] = {
#embed "../../stdlib/support/where.lua" suffix(,)
    0};
static const unsigned char file84[] = {
#embed "../../stdlib/task.lua" suffix(,)
    0};
static const unsigned char file85[] = {
#embed "../../stdlib/teardown.lua" suffix(,)
    0};
static const unsigned char file86[] = {
#embed "../../stdlib/teardown/aws.lua" suffix(,)
    0};
static const unsigned char file87[] = {
#embed "../../stdlib/teardown/batch.lua" suffix(,)
    0};
static const unsigned char file88[] = {
#embed "../../stdlib/teardown/chain.lua" suffix(,)
    0};
static const unsigned char file89[] = {
#embed "../../stdlib/teardown/confirm.lua" suffix(,)
    0};
static const unsigned char file90[] = {
#embed "../../stdlib/teardown/discover.lua" suffix(,)
    0};
static const unsigned char file91[] = {
#embed "../../stdlib/teardown/find.lua" suffix(,)
    0};
static const unsigned char file92[] = {
#embed "../../stdlib/teardown/graph.lua" suffix(,)
    0};
static const unsigned char file93[] = {
#embed "../../stdlib/teardown/kinds.lua" suffix(,)
    0};
static const unsigned char file94[] = {
#embed "../../stdlib/teardown/kinds/balancing.lua" suffix(,)
    0};
static const unsigned char file95[] = {
#embed "../../stdlib/teardown/kinds/building.lua" suffix(,)
    0};
static const unsigned char file96[] = {
#embed "../../stdlib/teardown/kinds/compute.lua" suffix(,)
    0};
static const unsigned char file97[] = {
#embed "../../stdlib/teardown/kinds/delivery.lua" suffix(,)
    0};
static const unsigned char file98[] = {
#embed "../../stdlib/teardown/kinds/identity.lua" suffix(,)
    0};
static const unsigned char file99[] = {
#embed "../../stdlib/teardown/kinds/messaging.lua" suffix(,)
    0};
static const unsigned char file100[] = {
#embed "../../stdlib/teardown/kinds/network.lua" suffix(,)
    0};
static const unsigned char file101[] = {
#embed "../../stdlib/teardown/kinds/storage.lua" suffix(,)
    0};
static const unsigned char file102[] = {
#embed "../../stdlib/teardown/order.lua" suffix(,)
    0};
static const unsigned char file103[] = {
#embed "../../stdlib/teardown/pace.lua" suffix(,)
    0};
static const unsigned char file104[] = {
#embed "../../stdlib/teardown/protect.lua" suffix(,)
    0};
static const unsigned char file105[] = {
#embed "../../stdlib/teardown/remove.lua" suffix(,)
    0};
static const unsigned char file106[] = {
#embed "../../stdlib/teardown/report.lua" suffix(,)
    0};
static const unsigned char file107[] = {
#embed "../../stdlib/teardown/run.lua" suffix(,)
    0};
static const unsigned char file108[] = {
#embed "../../stdlib/teardown/scope.lua" suffix(,)
    0};

// In the order of their names, so that a module is found by bisection.
static const awscicd_stdlib_file files[] = {
    {"awscicd.artifacts", "stdlib/artifacts.lua", file0, sizeof file0 - 1},
    {"awscicd.artifacts.base64", "stdlib/artifacts/base64.lua", file1, sizeof file1 - 1},
    {"awscicd.artifacts.packages", "stdlib/artifacts/packages.lua", file2, sizeof file2 - 1},
    {"awscicd.artifacts.wheel", "stdlib/artifacts/wheel.lua", file3, sizeof file3 - 1},
    {"awscicd.artifacts.zip", "stdlib/artifacts/zip.lua", file4, sizeof file4 - 1},
    {"awscicd.aws", "stdlib/aws.lua", file5, sizeof file5 - 1},
    {"awscicd.build", "stdlib/build.lua", file6, sizeof file6 - 1},
    {"awscicd.build.builds", "stdlib/build/builds.lua", file7, sizeof file7 - 1},
    {"awscicd.build.environment", "stdlib/build/environment.lua", file8, sizeof file8 - 1},
    {"awscicd.build.logs", "stdlib/build/logs.lua", file9, sizeof file9 - 1},
    {"awscicd.build.tests", "stdlib/build/tests.lua", file10, sizeof file10 - 1},
    {"awscicd.deploy", "stdlib/deploy.lua", file11, sizeof file11 - 1},
    {"awscicd.deploy.deployments", "stdlib/deploy/deployments.lua", file12, sizeof file12 - 1},
    {"awscicd.deploy.groups", "stdlib/deploy/groups.lua", file13, sizeof file13 - 1},
    {"awscicd.deploy.targets", "stdlib/deploy/targets.lua", file14, sizeof file14 - 1},
    {"awscicd.deploy.verify", "stdlib/deploy/verify.lua", file15, sizeof file15 - 1},
    {"awscicd.fleet", "stdlib/fleet.lua", file16, sizeof file16 - 1},
    {"awscicd.fleet.balancer", "stdlib/fleet/balancer.lua", file17, sizeof file17 - 1},
    {"awscicd.fleet.group", "stdlib/fleet/group.lua", file18, sizeof file18 - 1},
    {"awscicd.fleet.network", "stdlib/fleet/network.lua", file19, sizeof file19 - 1},
    {"awscicd.fleet.prices", "stdlib/fleet/prices.lua", file20, sizeof file20 - 1},
    {"awscicd.fleet.refresh", "stdlib/fleet/refresh.lua", file21, sizeof file21 - 1},
    {"awscicd.fleet.template", "stdlib/fleet/template.lua", file22, sizeof file22 - 1},
    {"awscicd.gate", "stdlib/gate.lua", file23, sizeof file23 - 1},
    {"awscicd.gate.answers", "stdlib/gate/answers.lua", file24, sizeof file24 - 1},
    {"awscicd.gate.checks", "stdlib/gate/checks.lua", file25, sizeof file25 - 1},
    {"awscicd.gate.combine", "stdlib/gate/combine.lua", file26, sizeof file26 - 1},
    {"awscicd.gate.decide", "stdlib/gate/decide.lua", file27, sizeof file27 - 1},
    {"awscicd.gate.open", "stdlib/gate/open.lua", file28, sizeof file28 - 1},
    {"awscicd.gate.people", "stdlib/gate/people.lua", file29, sizeof file29 - 1},
    {"awscicd.gate.request", "stdlib/gate/request.lua", file30, sizeof file30 - 1},
    {"awscicd.gate.serve", "stdlib/gate/serve.lua", file31, sizeof file31 - 1},
    {"awscicd.gate.window", "stdlib/gate/window.lua", file32, sizeof file32 - 1},
    {"awscicd.http", "stdlib/http.lua", file33, sizeof file33 - 1},
    {"awscicd.json", "stdlib/json.lua", file34, sizeof file34 - 1},
    {"awscicd.loader", "stdlib/loader.lua", file35, sizeof file35 - 1},
    {"awscicd.notify", "stdlib/notify.lua", file36, sizeof file36 - 1},
    {"awscicd.notify.queue", "stdlib/notify/queue.lua", file37, sizeof file37 - 1},
    {"awscicd.pipeline", "stdlib/pipeline.lua", file38, sizeof file38 - 1},
    {"awscicd.pipeline.action", "stdlib/pipeline/action.lua", file39, sizeof file39 - 1},
    {"awscicd.pipeline.actions", "stdlib/pipeline/actions.lua", file40, sizeof file40 - 1},
    {"awscicd.pipeline.check", "stdlib/pipeline/check.lua", file41, sizeof file41 - 1},
    {"awscicd.pipeline.conditions", "stdlib/pipeline/conditions.lua", file42, sizeof file42 - 1},
    {"awscicd.pipeline.definition", "stdlib/pipeline/definition.lua", file43, sizeof file43 - 1},
    {"awscicd.pipeline.diff", "stdlib/pipeline/diff.lua", file44, sizeof file44 - 1},
    {"awscicd.pipeline.draw", "stdlib/pipeline/draw.lua", file45, sizeof file45 - 1},
    {"awscicd.pipeline.failure", "stdlib/pipeline/failure.lua", file46, sizeof file46 - 1},
    {"awscicd.pipeline.references", "stdlib/pipeline/references.lua", file47, sizeof file47 - 1},
    {"awscicd.pipeline.rules", "stdlib/pipeline/rules.lua", file48, sizeof file48 - 1},
    {"awscicd.pipeline.run", "stdlib/pipeline/run.lua", file49, sizeof file49 - 1},
    {"awscicd.pipeline.state", "stdlib/pipeline/state.lua", file50, sizeof file50 - 1},
    {"awscicd.pipeline.triggers", "stdlib/pipeline/triggers.lua", file51, sizeof file51 - 1},
    {"awscicd.pipeline.unstarted", "stdlib/pipeline/unstarted.lua", file52, sizeof file52 - 1},
    {"awscicd.pipeline.variables", "stdlib/pipeline/variables.lua", file53, sizeof file53 - 1},
    {"awscicd.process", "stdlib/process.lua", file54, sizeof file54 - 1},
    {"awscicd.prompt", "stdlib/prompt.lua", file55, sizeof file55 - 1},
    {"awscicd.prompt.locals", "stdlib/prompt/locals.lua", file56, sizeof file56 - 1},
    {"awscicd.roles", "stdlib/roles.lua", file57, sizeof file57 - 1},
    {"awscicd.roles.assumable", "stdlib/roles/assumable.lua", file58, sizeof file58 - 1},
    {"awscicd.roles.presets", "stdlib/roles/presets.lua", file59, sizeof file59 - 1},
    {"awscicd.script", "stdlib/script.lua", file60, sizeof file60 - 1},
    {"awscicd.script.help", "stdlib/script/help.lua", file61, sizeof file61 - 1},
    {"awscicd.script.types", "stdlib/script/types.lua", file62, sizeof file62 - 1},
    {"awscicd.secrets", "stdlib/secrets.lua", file63, sizeof file63 - 1},
    {"awscicd.source", "stdlib/source.lua", file64, sizeof file64 - 1},
    {"awscicd.source.branches", "stdlib/source/branches.lua", file65, sizeof file65 - 1},
    {"awscicd.source.changes", "stdlib/source/changes.lua", file66, sizeof file66 - 1},
    {"awscicd.source.commits", "stdlib/source/commits.lua", file67, sizeof file67 - 1},
    {"awscicd.source.pull_requests", "stdlib/source/pull_requests.lua", file68, sizeof file68 - 1},
    {"awscicd.source.push", "stdlib/source/push.lua", file69, sizeof file69 - 1},
    {"awscicd.source.starts", "stdlib/source/starts.lua", file70, sizeof file70 - 1},
    {"awscicd.support.arn", "stdlib/support/arn.lua", file71, sizeof file71 - 1},
    {"awscicd.support.board", "stdlib/support/board.lua", file72, sizeof file72 - 1},
    {"awscicd.support.lazy", "stdlib/support/lazy.lua", file73, sizeof file73 - 1},
    {"awscicd.support.list", "stdlib/support/list.lua", file74, sizeof file74 - 1},
    {"awscicd.support.module", "stdlib/support/module.lua", file75, sizeof file75 - 1},
    {"awscicd.support.options", "stdlib/support/options.lua", file76, sizeof file76 - 1},
    {"awscicd.support.poll", "stdlib/support/poll.lua", file77, sizeof file77 - 1},
    {"awscicd.support.progress", "stdlib/support/progress.lua", file78, sizeof file78 - 1},
    {"awscicd.support.same", "stdlib/support/same.lua", file79, sizeof file79 - 1},
    {"awscicd.support.tags", "stdlib/support/tags.lua", file80, sizeof file80 - 1},
    {"awscicd.support.text", "stdlib/support/text.lua", file81, sizeof file81 - 1},
    {"awscicd.support.textdiff", "stdlib/support/textdiff.lua", file82, sizeof file82 - 1},
    {"awscicd.support.where", "stdlib/support/where.lua", file83, sizeof file83 - 1},
    {"awscicd.task", "stdlib/task.lua", file84, sizeof file84 - 1},
    {"awscicd.teardown", "stdlib/teardown.lua", file85, sizeof file85 - 1},
    {"awscicd.teardown.aws", "stdlib/teardown/aws.lua", file86, sizeof file86 - 1},
    {"awscicd.teardown.batch", "stdlib/teardown/batch.lua", file87, sizeof file87 - 1},
    {"awscicd.teardown.chain", "stdlib/teardown/chain.lua", file88, sizeof file88 - 1},
    {"awscicd.teardown.confirm", "stdlib/teardown/confirm.lua", file89, sizeof file89 - 1},
    {"awscicd.teardown.discover", "stdlib/teardown/discover.lua", file90, sizeof file90 - 1},
    {"awscicd.teardown.find", "stdlib/teardown/find.lua", file91, sizeof file91 - 1},
    {"awscicd.teardown.graph", "stdlib/teardown/graph.lua", file92, sizeof file92 - 1},
    {"awscicd.teardown.kinds", "stdlib/teardown/kinds.lua", file93, sizeof file93 - 1},
    {"awscicd.teardown.kinds.balancing", "stdlib/teardown/kinds/balancing.lua", file94, sizeof file94 - 1},
    {"awscicd.teardown.kinds.building", "stdlib/teardown/kinds/building.lua", file95, sizeof file95 - 1},
    {"awscicd.teardown.kinds.compute", "stdlib/teardown/kinds/compute.lua", file96, sizeof file96 - 1},
    {"awscicd.teardown.kinds.delivery", "stdlib/teardown/kinds/delivery.lua", file97, sizeof file97 - 1},
    {"awscicd.teardown.kinds.identity", "stdlib/teardown/kinds/identity.lua", file98, sizeof file98 - 1},
    {"awscicd.teardown.kinds.messaging", "stdlib/teardown/kinds/messaging.lua", file99, sizeof file99 - 1},
    {"awscicd.teardown.kinds.network", "stdlib/teardown/kinds/network.lua", file100, sizeof file100 - 1},
    {"awscicd.teardown.kinds.storage", "stdlib/teardown/kinds/storage.lua", file101, sizeof file101 - 1},
    {"awscicd.teardown.order", "stdlib/teardown/order.lua", file102, sizeof file102 - 1},
    {"awscicd.teardown.pace", "stdlib/teardown/pace.lua", file103, sizeof file103 - 1},
    {"awscicd.teardown.protect", "stdlib/teardown/protect.lua", file104, sizeof file104 - 1},
    {"awscicd.teardown.remove", "stdlib/teardown/remove.lua", file105, sizeof file105 - 1},
    {"awscicd.teardown.report", "stdlib/teardown/report.lua", file106, sizeof file106 - 1},
    {"awscicd.teardown.run", "stdlib/teardown/run.lua", file107, sizeof file107 - 1},
    {"awscicd.teardown.scope", "stdlib/teardown/scope.lua", file108, sizeof file108 - 1},
};

const awscicd_stdlib_file *awscicd_stdlib_files(void) { return files; }
size_t awscicd_stdlib_count(void) { return 109; }
