extension SeccompProfile {
    /// Docker's default policy for a process with these capabilities: everything else fails with EPERM.
    public static func standard(_ capabilities: CapabilitySet) -> SeccompProfile {
        var rules = [Rule(words(SeccompTable.allowed), .allow)]
        for (capability, names) in SeccompTable.byCapability where capabilities.has(capability) {
            rules.append(Rule(words(names), .allow))
        }
        for persona in SeccompTable.personalities {
            rules.append(Rule(["personality"], .allow, [Condition(0, .equal, persona)]))
        }
        // Conditions inside one rule must all hold, rules are alternatives: "not 38 and not 40" needs three.
        let families = SeccompTable.refusedFamilies
        rules.append(Rule(["socket"], .allow, [Condition(0, .less, families.low)]))
        rules.append(Rule(["socket"], .allow, [Condition(0, .equal, families.between)]))
        rules.append(Rule(["socket"], .allow, [Condition(0, .greater, families.high)]))
        if !capabilities.has(.sysAdmin) {
            rules.append(Rule(["clone"], .allow, [Condition(0, .maskedEqual, SeccompTable.namespaceFlags, 0)]))
            // A filter cannot read clone3's flags (they are in memory); ENOSYS makes libc fall back to clone.
            rules.append(Rule(["clone3"], .errno(38)))
        }
        #if arch(x86_64)
            rules.append(Rule(["arch_prctl", "modify_ldt"], .allow))
            let architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]
        #elseif arch(arm64)
            rules.append(
                Rule(["arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cacheflush", "set_tls"], .allow))
            let architectures = ["SCMP_ARCH_ARM"]
        #else
            let architectures: [String] = []
        #endif
        return SeccompProfile(defaultAction: .errno(1), architectures: architectures, rules: rules)
    }

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
