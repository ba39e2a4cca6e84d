#include "client/cli/commands.h"

namespace proctor::cli {

std::vector<std::unique_ptr<Command>> AllCommands() {
  std::vector<std::unique_ptr<Command>> commands;
  for (auto make :
       {MakeRunCommand, MakeLaunchCommand, MakeWaitCommand, MakeKillCommand, MakeSignalCommand,
        MakePsCommand, MakeLogsCommand, MakeInspectCommand, MakeWatchCommand, MakeUpdateCommand,
        MakeRmCommand, MakeWhoamiCommand, MakeLoginCommand, MakeInfoCommand}) {
    commands.push_back(make());
  }
  return commands;
}

}  // namespace proctor::cli
