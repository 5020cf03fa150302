import Images
import OCI

/// The tags of every image by image id, for names in lists and `ancestor` filters.
struct ImageNames: Sendable {
    private var byID: [String: [Reference]] = [:]

    init(_ store: ImageStore) async throws {
        for image in try await store.list() { byID["\(image.id)"] = image.references }
    }

    /// What a list shows: the name that was typed while it still means this image, else the short id.
    func shown(typed: String, imageID: String) -> String {
        guard let references = byID[imageID] else { return typed.isEmpty ? short(imageID) : typed }
        let names = references.flatMap { [$0.familiar, "\($0)", $0.familiarName] }
        if names.contains(typed) || typed.hasPrefix("sha256:") || imageID.contains(typed) { return typed }
        if let parsed = try? Reference(typed).withDefaultTag, references.contains(parsed) { return typed }
        return short(imageID)
    }

    /// Whether `name` means this image: an id, the beginning of one, or a tag with or without its default parts.
    func matches(_ name: String, imageID: String) -> Bool {
        let hex = imageID.split(separator: ":").last.map(String.init) ?? imageID
        if imageID == name || (name.count >= 4 && hex.hasPrefix(name)) { return true }
        guard let wanted = try? Reference(name).withDefaultTag else { return false }
        return byID[imageID]?.contains(wanted) ?? false
    }

    private func short(_ imageID: String) -> String {
        String((imageID.split(separator: ":").last ?? "").prefix(12))
    }
}
