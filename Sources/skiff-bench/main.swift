import ArgumentParser

await Bench.main()
