import Foundation
import Testing

/// `script.params`: declared parameters, their help, and what is said when they are wrong.
struct ParameterTests {
    private let folder: TemporaryFolder
    private let script: String

    init() throws {
        folder = try TemporaryFolder()
        script = try folder.write(
            "deploy.lua",
            """
            local p = script.params {
              "Deploys one application.\\n\\nSecond paragraph.",
              files = { positional = 1, many = true, type = "path", help = "what to deploy" },
              app = { "demo", help = "the application", short = "a" },
              count = { 2, min = 1, max = 10, help = "instances" },
              ratio = { 0.5 },
              stage = { "dev", choices = { "dev", "prod" } },
              wait = { 300, type = "duration" },
              dry_run = { false, help = "change nothing" },
              colour = { true },
              tags = { type = "list" },
              user = { env = "DEPLOY_USER", many = true },
              token = { required = true, env = "DEPLOY_TOKEN", secret = true },
            }
            print(json.encode(p))
            """)
    }

    private func call(_ arguments: String..., environment: [String: String?] = [:]) throws -> Command.Result {
        try Command(arguments: [script] + arguments, environment: environment).run()
    }

    @Test func defaults() throws {
        let result = try call("--token", "t")
        #expect(
            result.output == """
                {"app":"demo","colour":true,"count":2,"dry_run":false,"files":{},"ratio":0.5,"stage":"dev","token":"t",\
                "user":{},"wait":300}

                """, "\(result.error)")
    }

    @Test func everyForm() throws {
        let result = try call(
            "--token=x=y", "-a", "web", "one", "--count=3", "--ratio", "1", "--stage", "prod", "--wait", "1h30m",
            "--dry-run",
            "--no-colour", "--tags", "a, b,,c", "--user", "u1", "--user", "u2", "--", "--two", "-")
        #expect(
            result.output == """
                {"app":"web","colour":false,"count":3,"dry_run":true,"files":["one","--two","-"],"ratio":1,"stage":"prod",\
                "tags":["a","b","c"],"token":"x=y","user":["u1","u2"],"wait":5400.0}

                """, "\(result.error)")
    }

    /// What is printed of a secret is covered.
    @Test func environment() throws {
        let result = try call(environment: ["DEPLOY_TOKEN": "from-env", "DEPLOY_USER": "me"])
        // A parameter that is declared secret is covered wherever the script prints it.
        #expect(
            result.output.contains(#""token":"****""#) && result.output.contains(#""user":["me"]"#), "\(result.error)")
        #expect(!result.output.contains("from-env"))
    }

    @Test(arguments: [
        (["--token", "t", "--count", "many"], "--count: 'many' is not a whole number"),
        (["--token", "t", "--count", "11"], "--count: '11' is more than 10"),
        (["--token", "t", "--count", "99999999999999999999"], "is too large for a whole number"),
        (["--token", "t", "--count", "0x2"], "--count: '0x2' is not a whole number"),
        (["--token", "t", "--ratio", "x"], "--ratio: 'x' is not a number"),
        (["--token", "t", "--ratio", "1e999"], "--ratio: '1e999' is too large for a number"),
        (["--token", "t", "--wait", "-5"], "--wait: '-5' is not a length of time"),
        (["--token", "t", "--stage", "test"], "--stage: 'test' is not one of dev, prod"),
        (["--token", "t", "--wait", "long"], "--wait: 'long' is not a length of time"),
        (["--token", "t", "--dry-run=perhaps"], "--dry-run: 'perhaps' is neither true nor false"),
        (["--token", "t", "--aap", "x"], "unknown option --aap (did you mean --app?)"),
        (["--token", "t", "--app"], "--app needs a value (a text)"),
        (["--token", "t", "--token", "u"], "--token is given twice"),
        (["--token", "t", "--no-colour=x"], "--no-colour takes no value"),
        ([], "--token is missing"),
    ])
    func wrong(arguments: [String], problem: String) throws {
        let result = try Command(arguments: [script] + arguments, environment: ["DEPLOY_TOKEN": nil]).run()
        #expect(result.status == 2)
        #expect(result.error.hasPrefix("deploy.lua: ") && result.error.contains(problem), "\(result.error)")
        #expect(result.error.contains("usage: awscicd-run deploy.lua [FILES…] --token TEXT [options]"))
        #expect(result.output.isEmpty)
    }

    @Test func help() throws {
        let result = try call("--help")
        #expect(result.status == 0)
        for text in [
            "usage: awscicd-run deploy.lua [FILES…] --token TEXT [options]", "Deploys one application.",
            "Second paragraph.",
            "files…", "what to deploy", "-a, --app TEXT", "the application (default: demo)", "--stage dev|prod",
            "(default: 2; 1 to 10)", "--no-colour", "(required; or the variable DEPLOY_TOKEN)", "-h, --help",
        ] { #expect(result.output.contains(text), "\(text) in \(result.output)") }
        #expect(!result.output.contains("\n\n\n"))
        #expect(try call("-h").output == result.output)
    }

    @Test func mistakesInTheDeclarationAreTheScripts() throws {
        for (declaration, problem) in [
            ("{ x = 1 }", "x must be a table"), ("{ x = { hlep = '' } }", "x has an unknown field 'hlep'"),
            ("{ x = { type = 'colour' } }", "x has an unknown type 'colour'"),
            ("{ x = { 5, choices = { 1, 2 } } }", "the default of x is '5', not one of 1, 2"),
            ("{ x = { 'a', required = true } }", "x is required, so it has no default"),
            ("{ a = { positional = 2 } }", "without a gap"), ("{ ['a b'] = {} }", "'a b' is not a name"),
            ("'x'", "takes a table"),
            ("{ x = { 'soon', type = 'duration' } }", "the default of x: 'soon' is not a length"),
        ] {
            let result = try run(folder.write("wrong.lua", "\nscript.params \(declaration)"))
            #expect(result.status == 1)
            #expect(result.error.contains(problem), "\(result.error)")
            #expect(result.error.contains("wrong.lua:2: script.params"), "\(result.error)")
        }
    }

    @Test func lengthsOfTimeMayBeWrittenAsOnTheCommandLine() throws {
        let script = try folder.write(
            "time.lua",
            "print(script.params { wait = { '5m', type = 'duration', min = '30s', max = '1h', help = 'x' } }.wait)")
        #expect(try run(script).output == "300.0\n")
        #expect(try run(script, "--wait", "10").error.contains("--wait: '10' is less than"))
        #expect(try run(script, "--help").output.contains("(default: 5m 00s; 30s to 1h 00m)"))
    }

    @Test func secretsAreCoveredInErrorsAndLogs() throws {
        let script = try folder.write(
            "leak.lua",
            """
            local p = script.params { token = { required = true, secret = true } }
            log.info("the token is " .. p.token, { token = p.token })
            print("printed", p.token)
            error("cannot use " .. p.token)
            """)
        let result = try Command(arguments: [script, "--token", "s3cr3t-value"]).run()
        #expect(result.status == 1)
        #expect(result.error.contains("the token is ****"))
        #expect(result.error.contains("cannot use ****"))
        #expect(result.output == "printed\t****\n")
        #expect(!result.error.contains("s3cr3t-value"))
    }

    @Test func wrongValuesOfSecretsAreNotShown() throws {
        let script = try folder.write(
            "secrets.lua",
            """
            script.params {
              pin = { type = "integer", secret = true, max = 999999, env = "DEPLOY_PIN" },
              stage = { secret = true, choices = { "one", "two" } },
            }
            """)
        for (arguments, pin, problem) in [
            (["--pin", "hunter2-pin"], nil, "--pin: the value is not a whole number"),
            (["--pin=48291137"], nil, "--pin: the value is more than 999999"),
            (["--stage", "hunter2-pin"], nil, "--stage: the value is not one of one, two"),
            ([], "hunter2-pin", "DEPLOY_PIN (from the environment): the value is not a whole number"),
        ] as [([String], String?, String)] {
            let result = try Command(arguments: [script] + arguments, environment: ["DEPLOY_PIN": pin]).run()
            #expect(result.status == 2)
            #expect(result.error.contains(problem), "\(result.error)")
            #expect(!result.error.contains("hunter2") && !result.error.contains("48291137"), "\(result.error)")
        }
    }

    @Test func secretsOfEveryTypeAreCovered() throws {
        let script = try folder.write(
            "types.lua",
            """
            local p = script.params {
              pin = { type = "integer", secret = true }, rate = { type = "number", secret = true },
              keys = { type = "list", secret = true }, many = { many = true, secret = true, env = "DEPLOY_MANY" },
              fixed = { 73310042, secret = true }, flag = { type = "boolean", secret = true },
            }
            print(p.pin, p.rate, p.keys[1], p.keys[2], p.many[1], p.fixed, p.flag)
            log.info("all", p)
            error(p.pin .. " " .. p.keys[2] .. " " .. p.many[1] .. " " .. p.fixed)
            """)
        let result = try Command(
            arguments: [script, "--pin", "0048291137", "--rate", "7731.5", "--keys", "alpha-key, omega-key", "--flag"],
            environment: ["DEPLOY_MANY": "many-value"]
        ).run()
        #expect(result.status == 1)
        #expect(result.output == "****\t****\t****\t****\t****\t****\ttrue\n", "\(result.error)")
        #expect(result.error.contains("**** **** **** ****"))
        for secret in ["48291137", "7731.5", "alpha-key", "omega-key", "many-value", "73310042"] {
            #expect(!result.error.contains(secret), "\(secret) in \(result.error)")
        }
    }

    @Test func checksOfTheScriptsOwn() throws {
        let versions = try folder.write(
            "versions.lua",
            """
            local p = script.params {
              versions = { { "v1" }, many = true, type = "string", check = function(version)
                if not version:find "^v%d+$" then return "is not like v2" end
              end },
              key = { "none", secret = true, check = function(key) return #key < 4 and "is too short" end },
            }
            print(#p.versions)
            """)
        #expect(try run(versions, "--versions", "v7", "--versions", "v12", "--key", "none").output == "2\n")
        let wrong = try run(versions, "--versions", "v7", "--versions", "7", "--key", "no")
        #expect(wrong.status == 2)
        #expect(wrong.error.contains("--versions: '7' is not like v2"))
        #expect(!wrong.error.contains("'no'"))
        let declared = try run("-e", "script.params { a = { 'x', check = function() return 'is bad' end } }")
        #expect(declared.error.contains("the default of a is bad"))
        let noFunction = try run("-e", "script.params { a = { 'x', check = true } }")
        #expect(noFunction.error.contains("a: check must be a function"))
    }
}
