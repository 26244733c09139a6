/// Programs that builds find in their path beside what the machine has, as they do in CodeBuild's images.
enum BuildPrograms {
    static let all = ["codebuild-hash-files": hashFiles, "codebuild-git-credentials": gitCredentials]

    /// Where they are, inside.
    static let folder = BuildShell.stepsInside + "/bin"

    /// What makes git ask ``gitCredentials`` for repositories of CodeCommit, which are found under AWS's names for them too.
    static func gitSettings(endpoint: String, region: String) -> [String: String] {
        let settings = [
            ("credential.helper", "\(folder)/codebuild-git-credentials"), ("credential.UseHttpPath", "true"),
            ("url.\(endpoint)/v1/repos/.insteadOf", "https://git-codecommit.\(region).amazonaws.com/v1/repos/"),
        ]
        var variables = ["GIT_CONFIG_COUNT": "\(settings.count)"]
        for (at, setting) in settings.enumerated() {
            variables["GIT_CONFIG_KEY_\(at)"] = setting.0
            variables["GIT_CONFIG_VALUE_\(at)"] = setting.1
        }
        return variables
    }

    /// The program that cache keys are made with: one hash of all the files that its patterns name, in the order of their names.
    private static let hashFiles = #"""
        #!/bin/bash
        # codebuild-hash-files PATTERN... : the SHA-256 of the files below the source's folder that the patterns name.
        shopt -s globstar nullglob
        cd "${CODEBUILD_SRC_DIR:-.}" || exit 1
        [ $# -gt 0 ] || { echo "codebuild-hash-files: give it a pattern: codebuild-hash-files package-lock.json" >&2; exit 2; }
        IFS=
        names=()
        for pattern in "$@"; do names+=($pattern); done
        printf '%s\0' "${names[@]}" | LC_ALL=C sort -zu | while read -rd '' name; do
            [ ! -f "$name" ] || sha256sum < "$name"
        done | sha256sum | cut -d ' ' -f 1

        """#

    private static let gitCredentials = #"""
        #!/bin/sh
        # Git's credential helper of builds: a password for CodeCommit, signed with the build's credentials as AWS's own helper does
        # (a signature of "GIT", the path and the host), by what every machine has.
        set -eu
        [ "${1:-}" = get ] || exit 0
        host= path=
        while IFS='=' read -r name value; do
            case $name in host) host=$value ;; path) path=$value ;; esac
        done
        case $path in v1/repos/?*) ;; *) exit 0 ;; esac
        # The bytes of hexadecimal digits.
        bytes() {
            hex=$1 text=
            while [ -n "$hex" ]; do
                rest=${hex#??}
                text=$text\\0$(printf %03o "0x${hex%"$rest"}")
                hex=$rest
            done
            printf %b "$text"
        }
        # Hexadecimal digits with each byte changed by $2.
        pad() {
            hex=$1 text=
            while [ -n "$hex" ]; do
                rest=${hex#??}
                text=$text$(printf %02x $((0x${hex%"$rest"} ^ $2)))
                hex=$rest
            done
            printf %s "$text"
        }
        # HMAC-SHA256 of $2 by a key of hexadecimal digits.
        hmac() {
            key=$1
            [ ${#key} -le 128 ] || key=$(bytes "$key" | sha256sum | cut -c 1-64)
            while [ ${#key} -lt 128 ]; do key=${key}00; done
            inner=$({ bytes "$(pad "$key" 54)"; printf %s "$2"; } | sha256sum | cut -c 1-64)
            { bytes "$(pad "$key" 92)"; bytes "$inner"; } | sha256sum | cut -c 1-64
        }
        stamp=$(date -u +%Y%m%dT%H%M%S)
        day=${stamp%T*}
        request=$(printf 'GIT\n/%s\n\nhost:%s\n\nhost\n' "$path" "${host%:*}" && echo .)
        digest=$(printf %s "${request%.}" | sha256sum | cut -c 1-64)
        key=$(printf %s "AWS4$AWS_SECRET_ACCESS_KEY" | od -An -v -tx1 | tr -d ' \n')
        for part in "$day" "$AWS_REGION" codecommit aws4_request; do key=$(hmac "$key" "$part"); done
        signature=$(hmac "$key" "AWS4-HMAC-SHA256
        $stamp
        $day/$AWS_REGION/codecommit/aws4_request
        $digest")
        echo "username=$AWS_ACCESS_KEY_ID${AWS_SESSION_TOKEN:+%$AWS_SESSION_TOKEN}"
        echo "password=${stamp}Z$signature"

        """#
}
