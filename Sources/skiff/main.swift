import Keeper

// The keeper is single-threaded: it is entered before anything that could start a thread, argument parsing included.
if CommandLine.arguments.dropFirst().first == KeeperMain.verb {
    KeeperMain.main(arguments: Array(CommandLine.arguments.dropFirst(2)))
}
CommandLineEntry.run()
