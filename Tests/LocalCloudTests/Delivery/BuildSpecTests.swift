import Testing

@testable import LocalCloud

@Suite struct BuildSpecTests {
    @Test func readsEverySection() throws {
        let spec = try BuildSpec(
            yaml: """
                version: 0.2
                env:
                  shell: bash
                  variables: {A: "1", B: two}
                  parameter-store: {KEY: /app/key}
                  secrets-manager: {PW: "app/db:password"}
                  exported-variables: [VERSION]
                phases:
                  install:
                    on-failure: ABORT
                    runtime-versions: {python: 3.12}
                    commands:
                      - |
                        echo one
                        echo two
                      - echo three
                    finally: [echo done]
                  build: {commands: [make]}
                reports:
                  unit: {files: ["**/*"], base-directory: out, file-format: JunitXml}
                artifacts:
                  files: [index.html, "scripts/**/*"]
                  base-directory: dist
                  discard-paths: yes
                  secondary-artifacts:
                    docs: {files: ["docs/**/*"], name: docs}
                cache: {paths: ["/root/.cache/pip/**/*"]}
                """)
        #expect(spec.shell == "bash")
        #expect(spec.variables.map(\.name) == ["A", "B"])
        #expect(spec.phases[.install]?.commands == ["echo one\necho two\n", "echo three"])
        #expect(spec.phases[.install]?.onFailure == .abort)
        #expect(spec.phases[.install]?.finally == ["echo done"])
        #expect(spec.phases[.preBuild] == nil)
        #expect(spec.artifacts?.discardPaths == true)
        #expect(spec.secondaryArtifacts.map(\.identifier) == ["docs"])
        #expect(spec.reports.first?.fileFormat == "JUNITXML")
        #expect(spec.cache?.paths == ["/root/.cache/pip/**/*"])
    }

    @Test(arguments: [
        ("phases: {build: {commands: [x]}}", "version"), ("version: 0.3", "Invalid buildspec version: 0.3"),
        ("version: 0.2\nphases:\n  test: {commands: [x]}", "Invalid phase test"),
        (
            "version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b",
            "Expected Commands[0] to be of string type"
        ),
        ("version: 0.2\nartifacts: {name: x}", "no files"), ("- a\n- b", "not a mapping"), ("", "empty"),
        ("version: 0.2\n  phases: [", "YAML"),
    ])
    func refusesWithAReason(_ yaml: String, _ words: String) {
        let error = #expect(throws: BuildSpecError.self) { try BuildSpec(yaml: yaml) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func expandsABuildMatrix() throws {
        let spec = try BuildSpec(
            yaml: """
                version: 0.2
                batch:
                  fast-fail: true
                  build-matrix:
                    static: {ignore-failure: false}
                    dynamic:
                      env: {variables: {A: [1, 2], B: [x, y]}}
                """)
        #expect(spec.batch?.builds.count == 4)
        #expect(
            Set(spec.batch?.builds.map { $0.variables.map { "\($0.name)=\($0.value)" }.joined(separator: ",") } ?? [])
                == ["A=1,B=x", "A=1,B=y", "A=2,B=x", "A=2,B=y"])
    }

    @Test func aMatrixHasEnvironmentsToo() throws {
        let spec = try BuildSpec(
            yaml: """
                version: 0.2
                batch:
                  build-matrix:
                    static: {ignore-failure: true, env: {type: LINUX_CONTAINER, privileged-mode: true, variables: {S: s}}}
                    dynamic:
                      buildspec: [one.yml, two.yml]
                      env: {image: [i, j], compute-type: [BUILD_GENERAL1_SMALL], variables: {A: [1]}}
                """)
        let builds = spec.batch?.builds ?? []
        #expect(
            builds.map { "\($0.identifier) \($0.buildspec ?? "-") \($0.image ?? "-")" } == [
                "build0 one.yml i", "build1 one.yml j", "build2 two.yml i", "build3 two.yml j",
            ])
        #expect(builds.allSatisfy { $0.computeType == "BUILD_GENERAL1_SMALL" && $0.type == "LINUX_CONTAINER" })
        #expect(builds.allSatisfy { $0.isPrivileged == true && $0.ignoreFailure })
        #expect(builds.allSatisfy { $0.variables.map(\.name) == ["S", "A"] })
    }

    @Test func refusesABatchOfMoreBuildsThanAllowed() {
        func batch(_ lists: Int, of count: Int) -> String {
            let list = (1...count).map(String.init).joined(separator: ", ")
            let variables = (1...lists).map { "V\($0): [\(list)]" }.joined(separator: ", ")
            return "version: 0.2\nbatch: {build-matrix: {dynamic: {env: {variables: {\(variables)}}}}}"
        }
        // A hundred million, if they were made first.
        for yaml in [batch(8, of: 10), batch(1, of: 101)] {
            let error = #expect(throws: BuildSpecError.self) { try BuildSpec(yaml: yaml) }
            #expect(error?.message.contains("100 are allowed in a batch") == true, "\(error?.message ?? "")")
        }
        #expect(throws: Never.self) { try BuildSpec(yaml: batch(2, of: 10)) }
    }

    /// An event's hour is shared out when its scripts run: each of them may leave its time out, or ask for more.
    @Test func scriptsOfAnEventMayAskForMoreThanItsHourTogether() throws {
        let scripts = ["{location: a.sh}", "{location: b.sh}", "{location: c.sh, timeout: \(Int.max)}"]
        let spec = try AppSpec(
            yaml: "version: 0.0\nos: linux\nhooks: {AfterInstall: [\(scripts.joined(separator: ", "))]}")
        #expect(spec.hooks["AfterInstall"]?.map(\.timeout) == [3600, 3600, Int.max])
    }

    @Test func readsAnAppSpec() throws {
        let spec = try AppSpec(
            yaml: """
                version: 0.0
                os: linux
                files:
                  - {source: /, destination: /var/www}
                permissions:
                  - {object: /var/www, pattern: "*.html", owner: apache, mode: 640, type: [file]}
                hooks:
                  AfterInstall:
                    - {location: scripts/a.sh, timeout: 60, runas: root}
                """)
        #expect(spec.hooks["AfterInstall"]?.first?.timeout == 60)
        #expect(spec.permissions.first?.mode == "640")
        let error = #expect(throws: BuildSpecError.self) { try AppSpec(yaml: "version: 1.0\nos: linux") }
        #expect(error?.message.contains("invalid version value (1.0)") == true)
    }
}
