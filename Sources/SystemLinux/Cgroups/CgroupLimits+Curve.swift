import Glibc

extension CgroupLimits {
    static func binaryLogarithm(_ value: Double) -> Double { log2(value) }
    static func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }
}
