import ArgumentParser
import Document

/// The process of a container: what runs, as whom, with which environment.
struct ProcessOptions: ParsableArguments {
    @Option(name: .long, help: "Give the container a name.")
    var name: String?

    @Flag(name: [.short, .long], help: "Keep standard input open and send it to the container.")
    var interactive = false

    @Flag(name: [.short, .long], help: "Give the container a terminal.")
    var tty = false

    @Option(name: [.short, .long], help: ArgumentHelp("Set an environment variable.", valueName: "NAME=value"))
    var env: [String] = []

    @Option(name: .long, help: ArgumentHelp("Read environment variables from a file.", valueName: "file"))
    var envFile: [String] = []

    @Option(name: [.customShort("w"), .long], help: ArgumentHelp("Directory inside the container.", valueName: "path"))
    var workdir: String?

    @Option(name: [.short, .long], help: ArgumentHelp("User and group, names or numbers.", valueName: "user[:group]"))
    var user: String?

    @Option(name: .long, help: ArgumentHelp("Add a group.", valueName: "group"))
    var groupAdd: [String] = []

    @Option(name: .long, help: ArgumentHelp("Replace the image's entrypoint.", valueName: "program"))
    var entrypoint: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Set a label.", valueName: "key=value"))
    var label: [String] = []

    @Option(name: .long, help: ArgumentHelp("Read labels from a file.", valueName: "file"))
    var labelFile: [String] = []

    @Flag(name: .customLong("init"), help: "Run a small init that reaps processes.")
    var usesInit = false

    @Option(name: .long, help: ArgumentHelp("Signal that stop sends.", valueName: "signal"))
    var stopSignal: String?

    @Option(name: .long, help: ArgumentHelp("Seconds that stop waits before it kills.", valueName: "seconds"))
    var stopTimeout: Int?

    @Option(name: .long, help: ArgumentHelp("no, always, unless-stopped or on-failure[:N].", valueName: "policy"))
    var restart: String = "no"

    @Flag(name: .customLong("rm"), help: "Remove the container when it ends.")
    var remove = false

    @Option(name: .long, help: ArgumentHelp("Write the container's id to a file.", valueName: "file"))
    var cidfile: String?

    @Option(name: .long, help: "When to pull the image: always, missing or never.")
    var pull: PullChoice = .missing

    @Option(name: .long, help: ArgumentHelp("Platform of the image, such as linux/amd64.", valueName: "platform"))
    var platform: String?
}

/// When an image is pulled before its container is made.
enum PullChoice: String, ExpressibleByArgument, CaseIterable {
    case always, missing, never
}

/// Where a container's files come from.
struct MountOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Mount a directory of the host or a volume.", valueName: "source:target[:options]")
    )
    var volume: [String] = []

    @Option(name: .long, help: ArgumentHelp("Mount in the long form.", valueName: "type=…,source=…,target=…"))
    var mount: [String] = []

    @Option(name: .long, help: ArgumentHelp("Mount memory.", valueName: "path[:options]"))
    var tmpfs: [String] = []

    @Option(name: .long, help: ArgumentHelp("Mount the volumes of another container.", valueName: "container"))
    var volumesFrom: [String] = []

    @Flag(name: .long, help: "Make the root file system read-only.")
    var readOnly = false

    @Option(name: .long, help: ArgumentHelp("Size of /dev/shm.", valueName: "bytes"))
    var shmSize: String?
}

/// How a container is reached and what it reaches.
struct NetworkOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Publish a port, on this machine only unless an address is given.",
            valueName: "[address:][port:]port[/udp]"
        )
    )
    var publish: [String] = []

    @Flag(name: [.customShort("P"), .long], help: "Publish all exposed ports on free ports.")
    var publishAll = false

    @Option(name: .long, help: ArgumentHelp("Say that the program listens on a port.", valueName: "port"))
    var expose: [String] = []

    @Option(
        name: [.customLong("network"), .customLong("net")],
        help: ArgumentHelp("bridge, host, none, container:NAME or a network's name.", valueName: "network")
    )
    var network: String?

    @Option(
        name: [.customLong("network-alias"), .customLong("net-alias")],
        help: ArgumentHelp("Another name on the network.", valueName: "name")
    )
    var networkAlias: [String] = []

    @Option(name: .long, help: ArgumentHelp("Name server.", valueName: "address"))
    var dns: [String] = []

    @Option(name: .long, help: ArgumentHelp("Search domain of names.", valueName: "domain"))
    var dnsSearch: [String] = []

    @Option(name: .long, help: ArgumentHelp("Option of the resolver.", valueName: "option"))
    var dnsOption: [String] = []

    @Option(name: .long, help: ArgumentHelp("Add a line to /etc/hosts.", valueName: "name:address"))
    var addHost: [String] = []

    @Option(name: .long, help: ArgumentHelp("Host name inside.", valueName: "name"))
    var hostname: String?

    @Option(name: .long, help: ArgumentHelp("NIS domain name inside.", valueName: "name"))
    var domainname: String?

    @Option(name: .long, help: ArgumentHelp("IPv4 address on the network.", valueName: "address"))
    var ip: String?

    @Option(name: .long, help: ArgumentHelp("MAC address on the network.", valueName: "address"))
    var macAddress: String?
}

/// What a container may use.
struct ResourceOptions: ParsableArguments {
    @Option(name: [.short, .long], help: ArgumentHelp("Memory limit, such as 512m.", valueName: "bytes"))
    var memory: String?

    @Option(name: .long, help: ArgumentHelp("Memory and swap together; -1 is unlimited.", valueName: "bytes"))
    var memorySwap: String?

    @Option(name: .long, help: ArgumentHelp("Soft memory limit.", valueName: "bytes"))
    var memoryReservation: String?

    @Option(name: .long, help: "How eagerly memory is swapped, 0 to 100.")
    var memorySwappiness: Int64?

    @Flag(name: .long, help: "Never kill for lack of memory (cgroup v1).")
    var oomKillDisable = false

    @Option(name: .long, help: "Adjust the out-of-memory score, -1000 to 1000.")
    var oomScoreAdj: Int64?

    @Option(name: .long, help: ArgumentHelp("Number of cores, such as 1.5.", valueName: "number"))
    var cpus: Double?

    @Option(name: [.customShort("c"), .long], help: "Relative CPU weight; 1024 is normal.")
    var cpuShares: Int64?

    @Option(name: .long, help: ArgumentHelp("Period of CPU accounting.", valueName: "microseconds"))
    var cpuPeriod: Int64?

    @Option(name: .long, help: ArgumentHelp("CPU time per period.", valueName: "microseconds"))
    var cpuQuota: Int64?

    @Option(name: .long, help: ArgumentHelp("Cores to run on, such as 0-3.", valueName: "list"))
    var cpusetCpus: String?

    @Option(name: .long, help: ArgumentHelp("Memory nodes to use.", valueName: "list"))
    var cpusetMems: String?

    @Option(name: .long, help: "Most processes; -1 is unlimited.")
    var pidsLimit: Int64?

    @Option(name: .long, help: "Relative weight of block IO, 10 to 1000.")
    var blkioWeight: Int64?

    @Option(name: .long, help: ArgumentHelp("Limit reading from a device.", valueName: "device:bytes"))
    var deviceReadBps: [String] = []

    @Option(name: .long, help: ArgumentHelp("Limit writing to a device.", valueName: "device:bytes"))
    var deviceWriteBps: [String] = []

    @Option(name: .long, help: ArgumentHelp("Limit reads from a device.", valueName: "device:number"))
    var deviceReadIops: [String] = []

    @Option(name: .long, help: ArgumentHelp("Limit writes to a device.", valueName: "device:number"))
    var deviceWriteIops: [String] = []

    @Option(name: .long, help: ArgumentHelp("Give a device of the host.", valueName: "host[:inside[:rwm]]"))
    var device: [String] = []

    @Option(name: .long, help: ArgumentHelp("Allow devices by number.", valueName: "rule"))
    var deviceCgroupRule: [String] = []

    @Option(name: .long, help: ArgumentHelp("Set a resource limit.", valueName: "name=soft[:hard]"))
    var ulimit: [String] = []

    @Option(name: .long, help: ArgumentHelp("Parent of the container's control group.", valueName: "path"))
    var cgroupParent: String?
}

/// What holds a container in.
struct IsolationOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Add a capability.", valueName: "name"))
    var capAdd: [String] = []

    @Option(name: .long, help: ArgumentHelp("Drop a capability.", valueName: "name"))
    var capDrop: [String] = []

    @Flag(name: .long, help: "Switch every protection off.")
    var privileged = false

    @Option(name: .long, help: ArgumentHelp("seccomp=unconfined or no-new-privileges.", valueName: "option"))
    var securityOpt: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("Set a kernel switch of the container's namespaces.", valueName: "name=value"))
    var sysctl: [String] = []

    @Option(name: .long, help: "Process ids: host or container:NAME.")
    var pid: String?

    @Option(name: .long, help: "IPC objects: private or host.")
    var ipc: String?

    @Option(name: .long, help: "Host name: host.")
    var uts: String?

    @Option(name: .long, help: "Control groups: private or host.")
    var cgroupns: String?

    @Option(name: .long, help: ArgumentHelp("Set an annotation of the OCI configuration.", valueName: "key=value"))
    var annotation: [String] = []

    @Option(name: .long, help: "json-file or none.")
    var logDriver: String?

    @Option(name: .long, help: ArgumentHelp("max-size=… or max-file=….", valueName: "option"))
    var logOpt: [String] = []
}

/// How a container's health is probed.
struct HealthOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Command that probes the health.", valueName: "command"))
    var healthCmd: String?

    @Option(name: .long, help: ArgumentHelp("Time between probes.", valueName: "duration"))
    var healthInterval: String?

    @Option(name: .long, help: ArgumentHelp("Time a probe may take.", valueName: "duration"))
    var healthTimeout: String?

    @Option(name: .long, help: ArgumentHelp("Time in which failures do not count.", valueName: "duration"))
    var healthStartPeriod: String?

    @Option(name: .long, help: ArgumentHelp("Time between probes in that time.", valueName: "duration"))
    var healthStartInterval: String?

    @Option(name: .long, help: "Failures in a row that mean unhealthy.")
    var healthRetries: Int64?

    @Flag(name: .long, help: "Probe nothing, whatever the image says.")
    var noHealthcheck = false
}

/// Everything `run` and `create` take.
struct CreateOptions: ParsableArguments {
    @OptionGroup(title: "Process") var process: ProcessOptions
    @OptionGroup(title: "Network") var network: NetworkOptions
    @OptionGroup(title: "Files") var mounts: MountOptions
    @OptionGroup(title: "Resources") var resources: ResourceOptions
    @OptionGroup(title: "Isolation") var isolation: IsolationOptions
    @OptionGroup(title: "Health") var health: HealthOptions

    @Argument(help: "The image.")
    var image: String

    @Argument(parsing: .captureForPassthrough, help: "Command and arguments instead of the image's.")
    var command: [String] = []
}
