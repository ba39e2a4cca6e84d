#ifndef PROCTOR_CLIENT_CLI_COMMANDS_H_
#define PROCTOR_CLIENT_CLI_COMMANDS_H_

#include <memory>
#include <vector>

#include "client/cli/command.h"

namespace proctor::cli {

// One function a subcommand, each defined in the file of its name.
std::unique_ptr<Command> MakeRunCommand();
std::unique_ptr<Command> MakeLaunchCommand();
std::unique_ptr<Command> MakeWaitCommand();
std::unique_ptr<Command> MakeKillCommand();
std::unique_ptr<Command> MakeSignalCommand();
std::unique_ptr<Command> MakePsCommand();
std::unique_ptr<Command> MakeLogsCommand();
std::unique_ptr<Command> MakeInspectCommand();
std::unique_ptr<Command> MakeWatchCommand();
std::unique_ptr<Command> MakeUpdateCommand();
std::unique_ptr<Command> MakeRmCommand();
std::unique_ptr<Command> MakeWhoamiCommand();
std::unique_ptr<Command> MakeLoginCommand();
std::unique_ptr<Command> MakeInfoCommand();

// All of them, in the order of the help.
std::vector<std::unique_ptr<Command>> AllCommands();

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_COMMANDS_H_
