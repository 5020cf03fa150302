import OCI

extension DockerfileParser {
    /// RUN with its flags.
    func run(_ syntax: InstructionSyntax) throws(BuilderError) -> RunInstruction {
        let flags = try reader(
            syntax, ["mount": .repeated, "network": .text, "security": .text, "device": .repeated])
        guard flags.texts("device").isEmpty else {
            throw failure(
                "RUN --device is not supported by skiff: remove the flag", syntax, code: .unsupported)
        }
        if let security = flags.text("security"), security != "sandbox" {
            guard security == "insecure" else {
                throw failure(
                    "invalid security mode \"\(security)\": use sandbox or insecure", syntax, code: .invalidValue)
            }
            throw failure(
                "RUN --security=insecure is not supported by skiff: RUN steps are always sandboxed", syntax,
                code: .unsupported)
        }
        var network: RunInstruction.Network?
        if let mode = flags.text("network") {
            guard let known = RunInstruction.Network(rawValue: mode) else {
                throw failure(
                    "invalid network mode \"\(mode)\": use default, none or host", syntax, code: .invalidValue)
            }
            network = known
        }
        var mounts: [MountFlag] = []
        for text in flags.texts("mount") {
            do { mounts.append(try MountFlag(text)) } catch { throw failure(error.message, syntax, code: error.code) }
        }
        let command = try self.command(syntax.arguments, syntax)
        guard command != .exec([]) else {
            throw failure("RUN requires at least one argument", syntax)
        }
        return RunInstruction(command: command, heredocs: syntax.heredocs, mounts: mounts, network: network)
    }

    /// COPY and ADD with their flags.
    func copy(_ syntax: InstructionSyntax) throws(BuilderError) -> CopyInstruction {
        let isAdd = syntax.keyword == .add
        var allowed: [String: FlagReader.Shape] = [
            "chown": .text, "chmod": .text, "link": .boolean, "exclude": .repeated,
        ]
        if isAdd {
            allowed.merge(["keep-git-dir": .boolean, "checksum": .text, "unpack": .boolean]) { $1 }
        } else {
            allowed.merge(["from": .text, "parents": .boolean]) { $1 }
        }
        let flags = try reader(syntax, allowed)
        var words = arguments(syntax)
        guard words.count >= 2, let destination = words.popLast() else {
            throw failure(
                "\(syntax.keyword.rawValue) requires at least two arguments, but only \(words.count) provided. "
                    + "Destination could not be determined", syntax)
        }
        if HeredocParser.opening(Array(destination.utf8), escape: Byte.backslash) != nil, !syntax.heredocs.isEmpty {
            throw failure("\(syntax.keyword.rawValue) cannot accept a heredoc as a destination", syntax)
        }
        if !syntax.heredocs.isEmpty {
            words.removeAll { HeredocParser.opening(Array($0.utf8), escape: Byte.backslash) != nil }
        }
        var copy = CopyInstruction()
        copy.sources = words
        copy.heredocs = syntax.heredocs
        copy.destination = destination
        copy.from = flags.text("from")
        copy.owner = flags.text("chown")
        copy.mode = flags.text("chmod")
        copy.isLinked = flags.boolean("link") ?? false
        copy.keepsParents = flags.boolean("parents") ?? false
        copy.excludes = flags.texts("exclude")
        copy.checksum = flags.text("checksum")
        copy.keepsGitDirectory = flags.boolean("keep-git-dir") ?? false
        copy.unpacks = flags.boolean("unpack")
        return copy
    }

    private func arguments(_ syntax: InstructionSyntax) -> [String] {
        switch syntax.arguments {
        case .words(let words), .json(let words): words
        default: []
        }
    }

    /// HEALTHCHECK NONE, or CMD with its intervals.
    func healthcheck(_ syntax: InstructionSyntax) throws(BuilderError) -> HealthcheckInstruction {
        let flags = try reader(
            syntax,
            ["interval": .text, "timeout": .text, "start-period": .text, "start-interval": .text, "retries": .text])
        guard case .text(let text) = syntax.arguments else { throw failure("Missing type for HEALTHCHECK", syntax) }
        let (type, rest) = WordSplitter.firstWord(Array(text.utf8)[...])
        var check = ImageConfig.Healthcheck(test: nil)
        switch String(decoding: type, as: UTF8.self).uppercased() {
        case "NONE":
            guard rest.isEmpty else { throw failure("HEALTHCHECK NONE takes no arguments", syntax) }
            check.test = ["NONE"]
            return HealthcheckInstruction(check: check)
        case "CMD":
            check.test = try healthcheckCommand(rest, syntax)
        case "":
            throw failure("HEALTHCHECK requires at least one argument: NONE, or CMD with a command", syntax)
        case let other:
            throw failure("Unknown type \"\(other)\" in HEALTHCHECK (try CMD)", syntax)
        }
        check.interval = try duration(flags, "interval", syntax)
        check.timeout = try duration(flags, "timeout", syntax)
        check.startPeriod = try duration(flags, "start-period", syntax)
        check.startInterval = try duration(flags, "start-interval", syntax)
        if let retries = flags.text("retries") {
            guard let count = Int(retries), count >= 0 else {
                throw failure("--retries must be at least 0, not \"\(retries)\"", syntax, code: .invalidValue)
            }
            check.retries = count
        }
        return HealthcheckInstruction(check: check)
    }

    private func healthcheckCommand(
        _ rest: ArraySlice<UInt8>, _ syntax: InstructionSyntax
    ) throws(BuilderError) -> [String] {
        guard !rest.isEmpty else { throw failure("Missing command after HEALTHCHECK CMD", syntax) }
        if rest.first == UInt8(ascii: "["), case .strings(let words) = JSONStringList.parse(rest) {
            return ["CMD"] + words
        }
        return ["CMD-SHELL", String(decoding: rest, as: UTF8.self)]
    }

    private func duration(
        _ flags: FlagReader, _ name: String, _ syntax: InstructionSyntax
    ) throws(BuilderError) -> Int64? {
        guard let text = flags.text(name) else { return nil }
        guard let nanoseconds = GoDuration.nanoseconds(text), nanoseconds == 0 || nanoseconds >= 1_000_000 else {
            throw failure(
                "--\(name)=\(text) is no duration of 0 or at least 1ms: write for example 30s", syntax,
                code: .invalidValue)
        }
        return nanoseconds
    }
}

/// Durations as the Go tools write them: `1h30m`, `500ms`, `1.5s`.
enum GoDuration {
    /// The duration in nanoseconds; nil when the text is none.
    static func nanoseconds(_ text: String) -> Int64? {
        let units: [(String, Double)] = [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
        ]
        if text == "0" { return 0 }
        var rest = text[...]
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest[unit.endIndex...]
            guard let value = Double(String(digits)), let scale = units.first(where: { $0.0 == String(unit) })?.1 else {
                return nil
            }
            total += value * scale
        }
        return total < 9e18 ? Int64(total) : nil
    }
}
