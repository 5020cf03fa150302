/// Sizes as people read them.
enum HumanSize {
    /// Powers of 1024: `1.5MiB`.
    static func binary(_ bytes: Double) -> String { text(bytes, step: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB"]) }
    /// Powers of 1000: `1.5MB`.
    static func decimal(_ bytes: Double) -> String { text(bytes, step: 1000, units: ["B", "kB", "MB", "GB", "TB"]) }

    private static func text(_ bytes: Double, step: Double, units: [String]) -> String {
        var value = bytes
        var unit = 0
        while value >= step, unit < units.count - 1 {
            value /= step
            unit += 1
        }
        let rounded = (value * 100).rounded() / 100
        let whole = rounded == rounded.rounded()
        return (whole ? String(Int(rounded)) : String(rounded)) + units[unit]
    }
}
