import OCI

/// Names of stacks of layers (OCI image-spec, config.md, "Layer ChainID").
enum ChainID {
    /// The chain of each layer, lowest first.
    static func chain(of diffIDs: [Digest]) throws -> [Digest] {
        var chain: [Digest] = []
        for diffID in diffIDs {
            guard let below = chain.last else {
                chain.append(diffID)
                continue
            }
            chain.append(try ContentHasher.digest(of: Array("\(below) \(diffID)".utf8)))
        }
        return chain
    }
}
