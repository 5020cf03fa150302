// swift-tools-version: 6.2
import PackageDescription

// Tiers are listed bottom-up. A target imports only targets listed above it; stores, engines and faces
// never one of their own tier. The tidy test compares this file with every `import` in Sources.

// MARK: - House settings

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// MARK: - External products

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")

/// One target of the house; `uses` names what it may import.
func room(_ name: String, uses: [Target.Dependency] = [], excluding: [String] = []) -> Target {
    .target(name: name, dependencies: uses, exclude: excluding, swiftSettings: house)
}

/// The unit tests of one target.
func proof(of name: String, uses: [Target.Dependency] = [], excluding: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name)] + uses,
        exclude: excluding,
        swiftSettings: house
    )
}

let package = Package(
    name: "skiff",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "skiff", targets: ["skiff"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // MARK: - C: what Swift cannot reach by itself

        // Declarations that Swift's Glibc hides and system calls glibc does not wrap; no policy.
        .target(name: "CLinux"),
        // The Kubernetes schema table as bytes, embedded from its text files.
        .target(name: "CSchema", exclude: ["tables"]),
        // Module map of libseccomp.
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        // Module map of libyaml.
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        // Module map of libarchive.
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        // Module map of libnftables.
        .systemLibrary(name: "CNFTables", pkgConfig: "libnftables", providers: [.apt(["libnftables-dev"])]),
        // Module map of zlib, for SPDY's preset dictionary.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // MARK: - Ground: values and one thin layer over the kernel and each protocol

        // Clock, randomness and ids: the only source of time and chance.
        room("Effects", uses: ["CLinux"]),
        // The event log with cursors and the platform's closed event vocabulary.
        room("EventBus", uses: ["Effects", grdb]),
        // JSON tree value, strict reader, writer, YAML, JSON patch, merge patch; no Foundation.
        room("Document", uses: ["CYAML"]),
        // Digests, references, descriptors, manifests, image config, runtime spec: pure values; no Foundation.
        room("OCI", uses: ["Document"]),
        // Swift over the kernel: files, namespaces, mounts, cgroups, netlink, pidfd, capabilities, seccomp.
        room("SystemLinux", uses: ["CLinux", "CSeccomp"]),
        // The keeper process, its messages and the container launch path; no Foundation.
        room("Keeper", uses: ["CLinux", "SystemLinux", "Document", "OCI"]),
        // Tar streams in and out, compression, layer rules.
        room("Archive", uses: ["CArchive", "OCI", "SystemLinux"]),
        // One libnftables context on one thread; transactions as values.
        room("NFTables", uses: ["CNFTables", "SystemLinux", "Document"]),
        // Certificate authority, leaves, tokens, kubeconfig files.
        room("Identity", uses: ["Effects", "Document", "SystemLinux", crypto, x509, swiftASN1]),
        // One HTTP server core for every face.
        room(
            "HTTPService",
            uses: [
                "SystemLinux", httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, nioConcurrency, nioCore,
                nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, nioSSL,
            ]
        ),
        // The other side: daemon client, kubeconfig, Kubernetes client.
        room(
            "Clients",
            uses: [
                "CLinux", "Document", "Effects", "SystemLinux", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]
        ),

        // MARK: - Stores: what must survive

        // Content-addressed blobs, tags, layers and root file systems, garbage collection.
        room(
            "Images", uses: ["Archive", "Document", "Effects", "EventBus", "OCI", "SystemLinux", crypto, grdb, logging]),
        // Named volumes and claims' directories.
        room("Volumes", uses: ["Document", "Effects", "EventBus", "SystemLinux", grdb, logging]),
        // Kubernetes objects: schema, defaulting, validation, admission, revisions, watch, persistence.
        room(
            "Cluster",
            uses: ["CSchema", "Document", "Effects", "EventBus", "SystemLinux", collections, crypto, grdb, logging]
        ),

        // MARK: - Engines: what happens

        // Dockerfile to graph to image.
        room(
            "Builder",
            uses: ["Archive", "Document", "Effects", "EventBus", "Images", "OCI", "SystemLinux", crypto, grdb, logging]
        ),
        // OCI distribution: the server, and the client for other registries.
        room(
            "Registry",
            uses: [
                "Document", "Effects", "EventBus", "HTTPService", "Images", "OCI", "SystemLinux", asyncHTTPClient,
                crypto, httpTypes, hummingbird, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]
        ),
        // Containers and sandboxes: create, start, exec, attach, logs, stats, kill, recover.
        room(
            "Runtime",
            uses: [
                "CLinux", "Document", "Effects", "EventBus", "Images", "Keeper", "OCI", "SystemLinux", "Volumes", grdb,
                logging, subprocess,
            ]
        ),
        // Which node a pod goes to.
        room("Scheduler", uses: ["Cluster", "Document", "Effects", "EventBus", logging]),
        // The reconcilers: deployments, replica sets, endpoints, namespaces, garbage collection.
        room("Controllers", uses: ["Cluster", "Document", "Effects", "EventBus", logging]),
        // What a kubelet does: pods into sandboxes, volumes, probes, status.
        room(
            "Node",
            uses: [
                "Cluster", "Document", "Effects", "EventBus", "SystemLinux", asyncHTTPClient, logging, nioCore,
                nioHTTP1,
                nioPosix, nioSSL,
            ]
        ),
        // Bridges, addresses, DNS. Not "Network": Hummingbird tests canImport(Network) for Apple's framework.
        room(
            "Networking",
            uses: [
                "CLinux", "Document", "Effects", "EventBus", "NFTables", "OCI", "SystemLinux", grdb, logging, nioCore,
                nioPosix,
            ]
        ),
        // Service traffic and published ports.
        room(
            "ServiceProxy",
            uses: ["Cluster", "Document", "Effects", "EventBus", "NFTables", "SystemLinux", logging, nioCore, nioPosix]
        ),

        // MARK: - Faces: protocols spoken to the outside

        // The Kubernetes API over HTTPS.
        room(
            "KubernetesAPI",
            uses: [
                "CZlib", "Cluster", "Document", "Effects", "EventBus", "HTTPService", "Identity", crypto, httpTypes,
                hummingbird, hummingbirdCore, logging, nioConcurrency, nioCore, nioWebSocket,
            ]
        ),
        // The Docker Engine API and the platform's own routes on the unix socket.
        room(
            "DockerAPI",
            uses: [
                "Archive", "Builder", "Document", "Effects", "EventBus", "HTTPService", "Images", "Networking", "OCI",
                "Registry", "Runtime", "SystemLinux", "Volumes", httpTypes, hummingbird, logging, nioCore,
            ]
        ),

        // MARK: - Top

        // The composition root: every module in start order, and the adapters between engines.
        room(
            "Platform",
            uses: [
                "Archive", "Builder", "CLinux", "Clients", "Cluster", "Controllers", "DockerAPI", "Document", "Effects",
                "EventBus", "HTTPService", "Identity", "Images", "Keeper", "KubernetesAPI", "NFTables", "Networking",
                "Node", "OCI", "Registry", "Runtime", "Scheduler", "ServiceProxy", "SystemLinux", "Volumes", grdb,
                httpTypes, hummingbird, lifecycle, logging, nioCore, nioPosix, subprocess,
            ]
        ),
        // The command line: one file per verb.
        .executableTarget(
            name: "skiff",
            dependencies: [
                "CLinux", "Clients", "Document", "Effects", "Keeper", "OCI", "Platform", "SystemLinux", argumentParser,
            ],
            swiftSettings: house
        ),

        // MARK: - Kit

        // `make bench`: measures Skiff beside the peers that are installed.
        .executableTarget(
            name: "skiff-bench",
            dependencies: [
                "Clients", "Document", "Effects", "SystemLinux", argumentParser, subprocess, systemPackage,
            ],
            swiftSettings: house
        ),

        // MARK: - Proof

        proof(of: "Effects"),
        proof(of: "EventBus", uses: ["Effects"]),
        proof(of: "Document"),
        proof(of: "OCI", uses: ["Document"]),
        proof(of: "SystemLinux"),
        proof(of: "Keeper", uses: ["Document", "OCI", "SystemLinux"]),
        proof(of: "Archive", uses: ["OCI", "SystemLinux"]),
        proof(of: "NFTables", uses: ["Document", "Effects", "SystemLinux"]),
        proof(of: "Identity", uses: ["Document", "Effects", "SystemLinux"]),
        proof(
            of: "HTTPService",
            uses: [
                "Document", "Effects", "Identity", "SystemLinux", httpTypes, hummingbird, logging, nioCore, nioPosix,
                nioSSL,
            ]
        ),
        proof(of: "Clients", uses: ["Document", "SystemLinux"]),
        proof(
            of: "Images",
            uses: ["Archive", "Document", "Effects", "EventBus", "OCI", "SystemLinux", logging, subprocess]),
        proof(of: "Volumes", uses: ["Effects", "EventBus", "SystemLinux", logging]),
        proof(of: "Cluster", uses: ["Document", "Effects", "EventBus", logging], excluding: ["Goldens"]),
        proof(
            of: "Builder",
            uses: ["Archive", "Document", "Effects", "EventBus", "Images", "OCI", "SystemLinux", logging],
            excluding: ["Goldens"]
        ),
        proof(
            of: "Registry",
            uses: [
                "Archive", "Document", "Effects", "EventBus", "HTTPService", "Images", "OCI", "SystemLinux", logging,
                subprocess,
            ]
        ),
        proof(
            of: "Runtime",
            uses: ["Document", "Effects", "EventBus", "Images", "Keeper", "OCI", "SystemLinux", "Volumes", logging]
        ),
        proof(of: "Scheduler", uses: ["Cluster", "Document", "Effects", "EventBus", logging]),
        proof(of: "Controllers", uses: ["Cluster", "Document", "Effects", "EventBus", logging]),
        proof(
            of: "Node",
            uses: ["Cluster", "Document", "Effects", "EventBus", "SystemLinux", logging, nioCore, nioHTTP1, nioPosix]),
        proof(
            of: "Networking",
            uses: ["Document", "Effects", "EventBus", "NFTables", "SystemLinux", logging, nioCore, nioPosix]
        ),
        proof(
            of: "ServiceProxy",
            uses: [
                "Cluster", "Document", "Effects", "EventBus", "NFTables", "Networking", "SystemLinux", logging, nioCore,
                nioPosix,
            ]
        ),
        proof(
            of: "KubernetesAPI",
            uses: [
                "CZlib", "Clients", "Cluster", "Document", "Effects", "EventBus", "HTTPService", "Identity",
                "SystemLinux",
                httpTypes, hummingbirdCore, logging, nioConcurrency, nioCore, nioPosix, nioWebSocket,
                subprocess,
            ]
        ),
        proof(
            of: "DockerAPI",
            uses: [
                "Builder", "Document", "Effects", "EventBus", "HTTPService", "Images", "Keeper", "OCI", "Runtime",
                "SystemLinux",
                "Volumes", httpTypes, hummingbird, logging, nioCore,
            ]
        ),
        proof(of: "Platform", uses: ["Clients", "Document", "Effects", "EventBus"]),
        // The house rules, executed.
        .testTarget(name: "TidyTests", dependencies: ["Document"], swiftSettings: house),
        // The story of the README against the real binary, as root.
        .testTarget(
            name: "StoryTests", dependencies: ["Document", "skiff", subprocess, systemPackage], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
