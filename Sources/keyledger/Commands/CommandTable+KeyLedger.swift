extension CommandTable {
  /// Every command there is, as the overview groups them.
  static let keyledger = CommandTable(sections: [
    CommandSection(
      title: "Set up",
      groups: [
        CommandGroup(InitCommand.spec), EnvironmentCommands.group, UserCommands.group, CatalogueCommands.resources,
        CommandGroup(CatalogueCommands.plan), IntegrationCommands.group, ClientSecurityCommands.group,
      ]),
    CommandSection(
      title: "Keys",
      groups: [
        KeyCommands.group, CommandGroup(CheckCommands.check), CommandGroup(CheckCommands.whose),
        CommandGroup(AccessCommand.spec),
      ]),
    CommandSection(
      title: "History",
      groups: [
        CommandGroup(EventsCommand.spec), CommandGroup(DiffCommand.spec), CommandGroup(CouldCommand.spec),
        ProveCommands.group, CommandGroup(GuardCommands.checkpoint), CommandGroup(VerifyCommand.spec),
        CommandGroup(ApplyCommand.spec), CommandGroup(TransferCommands.export),
        CommandGroup(TransferCommands.importing),
      ]),
    CommandSection(title: "Service", groups: [CommandGroup(ServeCommand.spec)]),
    CommandSection(
      title: "Upkeep",
      groups: [
        UpkeepCommands.vault, CommandGroup(UpkeepCommands.rebuild), CommandGroup(BackupCommand.spec),
        CommandGroup(GuardCommands.acceptRestore), CommandGroup(RecoverCommand.spec), CommandGroup(DoctorCommand.spec),
      ]),
    CommandSection(
      title: "This program", groups: [CommandGroup(CompletionCommand.spec), CommandGroup(VersionCommand.spec)]),
  ])
}
