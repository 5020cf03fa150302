import CLinux
import Glibc

/// The terminal a command line runs in.
public enum Terminal {
    /// Lines and characters per line of a terminal.
    public struct Size: Sendable, Hashable {
        /// Lines.
        public let rows: UInt16
        /// Characters per line.
        public let columns: UInt16
    }

    /// What has to be put back when raw mode ends.
    public struct SavedMode: Sendable {
        let descriptor: Int32
        let settings: termios

        /// Ends raw mode. Failures are ignored: the terminal is gone then.
        public func restore() {
            var settings = settings
            _ = skiff_terminal_restore(descriptor, &settings)
        }
    }

    /// Whether the descriptor is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The terminal's size, nil when the descriptor is none.
    public static func size(of descriptor: Int32) -> Size? {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        guard skiff_terminal_size(descriptor, &rows, &columns) == 0 else { return nil }
        return Size(rows: rows, columns: columns)
    }

    /// Hands every key to the reader unchanged, until `restore()`.
    public static func makeRaw(_ descriptor: Int32) throws(LinuxError) -> SavedMode {
        var settings = termios()
        _ = try outcome(skiff_terminal_make_raw(descriptor, &settings)).orThrow("tcsetattr", "\(descriptor)")
        return SavedMode(descriptor: descriptor, settings: settings)
    }
}
