/// One number of one contestant, from many samples.
struct Measurement: Sendable {
    /// What is measured, such as `run --rm true, no network`.
    let row: String
    /// Who is measured: `skiff` or a peer.
    let contestant: String
    /// The samples' unit, such as `ms`.
    let unit: String
    /// What DESIGN or an issue asks of Skiff, in the same unit; nil for peers.
    let budget: Double?
    /// The samples, in the order they were taken.
    let samples: [Double]

    /// The middle sample.
    var median: Double { quantile(0.5) }

    /// The sample that 95 of 100 do not exceed.
    var p95: Double { quantile(0.95) }

    private func quantile(_ share: Double) -> Double {
        let sorted = samples.sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.down)))]
    }
}
