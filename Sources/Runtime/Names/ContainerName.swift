import Effects

/// Names of containers: the rule they obey and the ones made for people who give none.
public enum ContainerName {
    /// Checks a name against `[a-zA-Z0-9][a-zA-Z0-9_.-]+`; a leading slash is dropped.
    /// - Throws: `RuntimeError` `.invalid`.
    public static func validate(_ text: String) throws(RuntimeError) -> String {
        let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
        let bytes = Array(name.utf8)
        guard bytes.count >= 2, bytes.count <= 255, isAlphanumeric(bytes[0]),
            bytes.allSatisfy({ isAlphanumeric($0) || $0 == 95 || $0 == 46 || $0 == 45 })
        else {
            throw RuntimeError(
                .invalid, "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
            )
        }
        return name
    }

    /// A new name of two words; `isTaken` is asked, and after `attemptsMax` clashes a number is added.
    public static func generate(using random: any RandomSource, isTaken: (String) -> Bool) -> String {
        for attempt in 0..<attemptsMax {
            let left = adjectives[Int(random.number(in: 0..<UInt64(adjectives.count)))]
            let right = nouns[Int(random.number(in: 0..<UInt64(nouns.count)))]
            let name = attempt < attemptsMax / 2 ? "\(left)_\(right)" : "\(left)_\(right)\(attempt)"
            if !isTaken(name) { return name }
        }
        return "container_\(random.next())"
    }

    private static let attemptsMax = 16

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static let adjectives = [
        "able", "airy", "amber", "ample", "azure", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid",
        "clear", "clever", "coral", "cosy", "crisp", "dapper", "daring", "eager", "early", "easy", "fair", "fast",
        "fond", "fresh", "gentle", "glad", "golden", "grand", "green", "handy", "happy", "hardy", "honest", "humble",
        "jolly", "keen", "kind", "level", "light", "lively", "lucky", "mellow", "merry", "mild", "modest", "neat",
        "nimble", "noble", "patient", "placid", "plucky", "polite", "prime", "proud", "quick", "quiet", "rapid",
        "ready", "rosy", "sage", "salty", "serene", "sharp", "shiny", "silver", "sleek", "smart", "snug", "spry",
        "steady", "stout", "sunny", "sure", "swift", "tidy", "tranquil", "trim", "trusty", "upbeat", "vivid", "warm",
        "wise", "witty", "young", "zesty",
    ]

    private static let nouns = [
        "anchor", "barge", "beacon", "berth", "boom", "bosun", "bow", "brig", "bridge", "buoy", "cabin", "canoe",
        "capstan", "cargo", "catamaran", "channel", "clipper", "coast", "coble", "compass", "coracle", "course",
        "crew", "current", "cutter", "deck", "dinghy", "dock", "dory", "ferry", "fjord", "flag", "fleet", "float",
        "galley", "gull", "gunwale", "halyard", "harbor", "hatch", "haven", "helm", "hull", "island", "jetty", "jib",
        "junk", "kayak", "keel", "ketch", "knot", "lagoon", "lantern", "launch", "locker", "lugger", "mast", "mate",
        "mooring", "oar", "outrigger", "paddle", "pier", "pilot", "port", "prow", "quay", "raft", "reef", "rigging",
        "rudder", "sail", "schooner", "scow", "sextant", "shore", "skerry", "sloop", "spar", "sponson", "star",
        "stern", "strait", "tide", "tiller", "trawler", "trimaran", "tug", "wake", "wharf", "winch", "yawl",
    ]
}
