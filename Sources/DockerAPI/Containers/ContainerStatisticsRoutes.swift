import Document
import Effects
import HTTPService
import Hummingbird
import HummingbirdCore
import NIOCore
import Runtime
import SystemLinux

/// Processes and resource use of containers: top and stats.
struct ContainerStatisticsRoutes: RouteGroup {
    let dependencies: DockerAPI.Dependencies
    private var runtime: ContainerRuntime { dependencies.runtime }
    /// Time between two samples.
    private static let period: Duration = .seconds(1)

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.get("/containers/:id/top") { request, context in try await top(request, context) }
        router.get("/containers/:id/stats") { request, context in try await stats(request, context) }
    }

    // MARK: - Top

    private func top(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let arguments = request.queryItems["ps_args"] ?? "-ef"
        guard ["-ef", "", "-e -f"].contains(arguments) else {
            throw EngineError(
                .notImplemented, "top with ps arguments \"\(arguments)\" is not supported by skiff; use none")
        }
        let now = dependencies.effects.now
        let rows: [JSONValue] = try await runtime.processes(context.pathValue("id")).map { process in
            .array([
                .string(process.userID == 0 ? "root" : String(process.userID)), .string(String(process.pid)),
                .string(String(process.parentPID)), "0", .string(Self.clock(process.startedAt, now: now)),
                .string(process.terminal), .string(Self.elapsed(process.cpuSeconds)), .string(process.command),
            ])
        }
        return .json([
            "Titles": ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], "Processes": .array(rows),
        ])
    }

    /// `HH:MM` in UTC for today, the date else.
    private static func clock(_ seconds: Int64, now: Timestamp) -> String {
        let text = Timestamp(seconds: seconds).rfc3339
        let isToday = seconds / 86_400 == now.seconds / 86_400
        return isToday ? String(text.dropFirst(11).prefix(5)) : String(text.prefix(10))
    }

    private static func elapsed(_ seconds: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    // MARK: - Stats

    private func stats(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let id = try context.pathValue("id")
        let record = try runtime.inspect(id).record
        let first = try await runtime.usage(id)
        if !request.flag("stream", default: true) {
            guard !request.flag("one-shot") else {
                return .json(StatisticsView.json(first, before: nil, record: record))
            }
            try await dependencies.effects.time.sleep(for: Self.period)
            let second = try await runtime.usage(id)
            return .json(StatisticsView.json(second, before: first, record: record))
        }
        let runtime = runtime
        let time = dependencies.effects.time
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                var before: ContainerUsage?
                var now = first
                while true {
                    let line = JSONWriter.bytes(StatisticsView.json(now, before: before, record: record)) + [10]
                    try await writer.write(ByteBuffer(bytes: line))
                    try await time.sleep(for: Self.period)
                    before = now
                    do {
                        now = try await runtime.usage(id)
                    } catch let error as RuntimeError where error.code == .notFound {
                        break
                    }
                }
                try await writer.finish(nil)
            }
        )
    }
}

/// One sample as Docker clients read it. Pure.
enum StatisticsView {
    static func json(_ now: ContainerUsage, before: ContainerUsage?, record: ContainerRecord) -> JSONValue {
        let group = now.group
        var memory: JSONObject = JSONObject()
        if record.state.isAlive {
            var details = JSONObject()
            for (key, value) in group.memoryDetails.sorted(by: { $0.key < $1.key }) { details[key] = number(value) }
            memory = [
                "usage": number(group.memoryBytes), "max_usage": number(group.memoryPeakBytes),
                "stats": .object(details), "limit": number(group.memoryLimitBytes ?? now.hostMemoryBytes),
                "failcnt": number(group.memoryFailures),
            ]
        }
        var networks = JSONObject()
        for interface in now.interfaces {
            networks[interface.name] = [
                "rx_bytes": number(interface.received[0]), "rx_packets": number(interface.received[1]),
                "rx_errors": number(interface.received[2]), "rx_dropped": number(interface.received[3]),
                "tx_bytes": number(interface.sent[0]), "tx_packets": number(interface.sent[1]),
                "tx_errors": number(interface.sent[2]), "tx_dropped": number(interface.sent[3]),
            ]
        }
        var pids: JSONObject = ["current": number(group.pids)]
        if let limit = group.pidsLimit { pids["limit"] = number(limit) }
        return [
            "name": .string("/\(record.name)"), "id": .string(record.id), "read": .string(now.readAt.rfc3339Nano),
            "preread": .string(before?.readAt.rfc3339Nano ?? ContainerView.never), "num_procs": 0,
            "pids_stats": .object(pids), "cpu_stats": cpu(now),
            "precpu_stats": before.map { cpu($0) } ?? ["cpu_usage": ["total_usage": 0], "throttling_data": [:]],
            "memory_stats": .object(memory),
            "blkio_stats": [
                "io_service_bytes_recursive": [
                    ["major": 0, "minor": 0, "op": "read", "value": number(group.blockReadBytes)],
                    ["major": 0, "minor": 0, "op": "write", "value": number(group.blockWriteBytes)],
                ],
                "io_serviced_recursive": .null, "io_queue_recursive": .null, "io_service_time_recursive": .null,
                "io_wait_time_recursive": .null, "io_merged_recursive": .null, "io_time_recursive": .null,
                "sectors_recursive": .null,
            ],
            "networks": .object(networks), "storage_stats": [:],
        ]
    }

    private static func cpu(_ usage: ContainerUsage) -> JSONValue {
        let group = usage.group
        return [
            "cpu_usage": [
                "total_usage": number(group.cpuNanoseconds), "usage_in_kernelmode": number(group.cpuSystemNanoseconds),
                "usage_in_usermode": number(group.cpuUserNanoseconds),
            ],
            "system_cpu_usage": number(usage.hostCPUNanoseconds), "online_cpus": .integer(Int64(usage.cpuCount)),
            "throttling_data": [
                "periods": number(group.throttlePeriods), "throttled_periods": number(group.throttledPeriods),
                "throttled_time": number(group.throttledNanoseconds),
            ],
        ]
    }

    private static func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
}
