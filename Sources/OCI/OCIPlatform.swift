/// The machine an image is made for (OCI image-spec, image-index.md, `platform`).
public struct OCIPlatform: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Processor architecture in Go's spelling: `amd64`, `arm64`.
    public var architecture: String
    /// Operating system in Go's spelling: `linux`.
    public var os: String
    /// Version of the operating system; used by Windows only.
    public var osVersion: String?
    /// Mandatory features of the operating system.
    public var osFeatures: [String]?
    /// Variant of the processor: `v7`, `v8`.
    public var variant: String?

    enum CodingKeys: String, CodingKey {
        case architecture, os, variant
        case osVersion = "os.version"
        case osFeatures = "os.features"
    }

    /// Makes a platform of its parts.
    public init(
        architecture: String, os: String, variant: String? = nil, osVersion: String? = nil, osFeatures: [String]? = nil
    ) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
        self.osVersion = osVersion
        self.osFeatures = osFeatures
    }

    /// Parses `os[/architecture[/variant]]` as `--platform` takes it; a missing architecture is this machine's.
    ///
    /// Throws `malformedPlatform`.
    public init(_ text: String) throws(OCIError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { $0.lowercased() }
        let sound = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { $0.isAlphanumeric || "_-.".utf8.contains($0) }
        }
        guard sound, (1...3).contains(parts.count) else {
            throw OCIError(
                .malformedPlatform,
                "platform \(text.quotedForError) is not os[/architecture[/variant]], e.g. linux/amd64"
            )
        }
        self =
            OCIPlatform(
                architecture: parts.count > 1 ? parts[1] : Self.hostArchitecture,
                os: parts[0],
                variant: parts.count > 2 ? parts[2] : nil
            ).normalized
    }

    /// The platform that containers on this machine run.
    public static let host = OCIPlatform(architecture: hostArchitecture, os: "linux").normalized

    #if arch(x86_64)
        private static let hostArchitecture = "amd64"
    #elseif arch(arm64)
        private static let hostArchitecture = "arm64"
    #elseif arch(powerpc64le)
        private static let hostArchitecture = "ppc64le"
    #elseif arch(s390x)
        private static let hostArchitecture = "s390x"
    #elseif arch(riscv64)
        private static let hostArchitecture = "riscv64"
    #else
        private static let hostArchitecture = "unknown"
    #endif

    /// The same platform with the aliases of architectures and default variants resolved.
    public var normalized: OCIPlatform {
        var result = self
        result.os = os.lowercased() == "macos" ? "darwin" : os.lowercased()
        switch (architecture.lowercased(), variant?.lowercased()) {
        case ("x86_64", let variant), ("x86-64", let variant), ("amd64", let variant):
            result.architecture = "amd64"
            result.variant = variant == "v1" ? nil : variant
        case ("aarch64", let variant), ("arm64", let variant):
            result.architecture = "arm64"
            result.variant = variant == "v8" || variant == "8" ? nil : variant
        case ("armhf", _): (result.architecture, result.variant) = ("arm", "v7")
        case ("armel", _): (result.architecture, result.variant) = ("arm", "v6")
        case ("arm", let variant):
            result.architecture = "arm"
            result.variant = variant.map { $0.hasPrefix("v") ? $0 : "v" + $0 } ?? "v7"
        case ("i386", _), ("i686", _), ("x86", _): (result.architecture, result.variant) = ("386", nil)
        case (let other, let variant): (result.architecture, result.variant) = (other, variant)
        }
        return result
    }

    /// Whether an image made for `self` runs on `machine`: same system and architecture, and the same variant or none.
    public func runs(on machine: OCIPlatform) -> Bool {
        let (image, host) = (normalized, machine.normalized)
        return image.os == host.os && image.architecture == host.architecture
            && (image.variant == nil || image.variant == host.variant)
    }

    /// `os/architecture[/variant]`.
    public var description: String { "\(os)/\(architecture)" + (variant.map { "/" + $0 } ?? "") }
}
