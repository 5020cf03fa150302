import CLinux

extension OwnedFD {
    /// Writes what the descriptor takes in one call; the number of bytes taken, or the error number.
    public func writeSome(_ buffer: UnsafeRawBufferPointer) -> Result<Int, Errno> {
        retrying { skiff_write(raw, buffer.baseAddress, buffer.count) }.map { Int($0) }
    }
}
