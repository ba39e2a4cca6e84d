#include "client/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/local_agent.h"
#include "common/printable.h"

namespace proctor::cli {
namespace {

// The options of every command that are followed by a value.
constexpr absl::string_view kValueOptions[] = {
    "--agent", "--connect-timeout", "--spn", "--pin", "--ca", "--logon", "--password-file"};

// CLI11 knows of no words behind the options.
class CommandLineFormatter final : public CLI::Formatter {
 public:
  explicit CommandLineFormatter(std::string name) : name_(std::move(name)) {}
  std::string make_usage(const CLI::App*, std::string) const override {
    return absl::StrCat("Usage: proctor ", name_, " [OPTIONS] [--] COMMAND [ARGS...]\n");
  }

 private:
  const std::string name_;
};

constexpr char kExitCodes[] =
    "Exit code: 0 when all was done; 1 when something failed; 2 when the command line is not\n"
    "understood. run, launch and wait have codes of their own: see their help.";

constexpr char kJobIds[] =
    "JOB: the job's id, or its first four or more characters where no other id begins so.";

void AddFooter(absl::string_view text, CLI::App* app) {
  const std::string before = app->get_footer();
  app->footer(absl::StrCat(before, before.empty() ? "" : "\n", text));
}

void DefineGlobalOptions(CLI::App* app, GlobalOptions* options) {
  app->set_help_flag("-h,--help", "Print this help")->group("Every command");
  app->add_option("--agent", options->agent,
                  absl::StrCat("The agent: a socket, a pipe, or HOST[:PORT] of another machine "
                               "(default: $PROCTOR_AGENT, or ",
                               UsualTarget(), ")"))
      ->type_name("TARGET")
      ->group("Every command");
  app->add_option("--connect-timeout", options->connect_timeout,
                  "How long to wait for an agent that is not there yet, and for the session with "
                  "one on another machine (default: one attempt, ten seconds)")
      ->type_name("DURATION")
      ->group("Every command");
  app->add_option("--spn", options->spn,
                  "The agent's service principal (default: $PROCTOR_SPN, or proctor/HOST)")
      ->type_name("PRINCIPAL")
      ->group("Another machine");
  app->add_flag("--delegate", options->delegate,
                "Hand your Kerberos credentials over, for jobs to use ($PROCTOR_DELEGATE=1); "
                "--delegate=required: or fail")
      ->group("Another machine");
  app->add_option("--pin", options->pin,
                  "SHA-256 that the agent's certificate must have ($PROCTOR_PIN)")
      ->type_name("HEX")
      ->group("Another machine");
  app->add_option("--ca", options->ca,
                  "File of authorities, one of which must have issued it ($PROCTOR_CA)")
      ->type_name("PEM")
      ->group("Another machine");
  auto* const logon =
      app->add_option(
             "--logon", options->logon,
             "Log on to the agent with this user's password, over TLS; asked for on the "
             "terminal, and sent only where a CA or a pin vouches for the agent. A name of "
             "the agent's machine, or DOMAIN\\name or name@domain as its Windows, or the "
             "name service of its Linux (getent passwd NAME), knows it")
          ->type_name("USER")
          ->group("Another machine");
  app->add_option("--password-file", options->password_file,
                  "The password is the first line of this file; - is standard input")
      ->type_name("FILE")
      ->needs(logon)
      ->group("Another machine");
  app->add_flag("--json", options->json, "Protobuf JSON, one object a line")
      ->group("Every command");
  app->add_flag("-v,--verbose", options->verbose,
                "Tell more: the stages of a launch, its exit record")
      ->group("Every command");
}

// The word that names the subcommand, in spite of options before it.
std::string CommandName(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (std::find(std::begin(kValueOptions), std::end(kValueOptions), words[i]) !=
        std::end(kValueOptions)) {
      ++i;
    } else if (!absl::StartsWith(words[i], "-")) {
      return words[i];
    }
  }
  return "";
}

// "help run" as "run --help", "version" as "--version", "kill -9" as "kill --signal=9".
std::vector<std::string> AsOptions(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "version") return {"--version"};
  if (words.size() > 1 && words[0] == "kill" && words[1].size() > 1 && words[1][0] == '-' &&
      (absl::ascii_isdigit(words[1][1]) ||
       (absl::ascii_isupper(words[1][1]) && words[1].size() > 2))) {
    std::vector<std::string> options = words;
    options[1] = absl::StrCat("--signal=", words[1].substr(1));
    return options;
  }
  if (words.empty() || words[0] != "help" || words.size() > 2) return words;
  return words.size() == 1 ? std::vector<std::string>{"--help"}
                           : std::vector<std::string>{words[1], "--help"};
}

// Whether one letter too many, too few, another or two exchanged make the one word of the other.
bool IsOneMistake(absl::string_view word, absl::string_view right) {
  size_t begin = 0;
  while (begin < word.size() && begin < right.size() && word[begin] == right[begin]) ++begin;
  word.remove_prefix(begin);
  right.remove_prefix(begin);
  while (!word.empty() && !right.empty() && word.back() == right.back()) {
    word.remove_suffix(1);
    right.remove_suffix(1);
  }
  if (word.size() + right.size() <= 1 || (word.size() == 1 && right.size() == 1)) return true;
  return word.size() == 2 && right.size() == 2 && word[0] == right[1] && word[1] == right[0];
}

// What to say of which of `known` the `word` may be a misspelling of; empty when of none.
std::string Meant(absl::string_view word, const std::vector<std::string>& known) {
  for (const std::string& right : known) {
    if (IsOneMistake(word, right)) return absl::StrCat("; did you mean \"", right, "\"?");
  }
  return "";
}

// Of a word that `app` has no place for.
std::string Unexpected(absl::string_view word, const CLI::App& app) {
  if (!absl::StartsWith(word, "-")) return absl::StrCat("unexpected argument \"", word, "\"");
  const absl::string_view option = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* other : app.get_options()) {
    for (const std::string& name : other->get_lnames()) known.push_back(absl::StrCat("--", name));
  }
  return absl::StrCat("unknown option \"", option, "\"",
                      absl::StartsWith(option, "--") ? Meant(option, known) : "");
}

}  // namespace

CommandLine::CommandLine(const std::vector<std::string>& given, Session* session)
    : commands_(AllCommands()) {
  const std::vector<std::string> words = AsOptions(given);
  const std::string name = CommandName(words);
  for (const std::unique_ptr<Command>& command : commands_) {
    if (name == command->name()) command_ = command.get();
  }
  if (command_ == nullptr && !name.empty()) {
    std::vector<std::string> names;
    for (const std::unique_ptr<Command>& command : commands_) names.push_back(command->name());
    UsageError(session, absl::StrCat("unknown command \"", name, "\"", Meant(name, names)));
    return;
  }
  Split(words);
  Parse(session);
}

void CommandLine::Split(const std::vector<std::string>& words) {
  auto end = words.end();
  if (command_ != nullptr && command_->takes_command_line()) {
    end = std::find(words.begin(), words.end(), "--");
    if (end != words.end()) after_dashes_.emplace(end + 1, words.end());
  }
  options_.assign(words.begin(), end);
}

void CommandLine::Parse(Session* session) {
  CLI::App app(
      "Runs processes on this machine as the person who asks, and keeps hold of all they start.",
      "proctor");
  app.set_version_flag("-V,--version", "proctor " PROCTOR_VERSION);
  app.require_subcommand(1);
  DefineGlobalOptions(&app, &session->options());
  CLI::App* chosen = nullptr;
  for (const std::unique_ptr<Command>& command : commands_) {
    CLI::App* sub = app.add_subcommand(command->name(), command->summary());
    if (command.get() != command_) continue;
    chosen = sub;
    command->Define(sub);
    if (sub->get_option_no_throw("JOB") != nullptr) AddFooter(kJobIds, sub);
    if (!ExitsAsJob()) AddFooter(kExitCodes, sub);
    DefineGlobalOptions(sub, &session->options());
    if (command->takes_command_line()) {
      sub->prefix_command();
      sub->formatter(std::make_shared<CommandLineFormatter>(command->name()));
    }
  }
  AddFooter(kExitCodes, &app);  // Last: subcommands begin with a copy of the footer.
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(options_.rbegin(), options_.rend()));
    if (command_->takes_command_line()) {
      TakeCommandLine(chosen->remaining());
    }
  } catch (const CLI::ExtrasError&) {
    UsageError(session, Unexpected(app.remaining(/*recurse=*/true).front(),
                                   chosen == nullptr ? app : *chosen));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      command_ = nullptr;
      const bool version = dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr;
      (void)session->Print(version ? absl::StrCat(error.what(), "\n") : app.help());
      exit_code_ = session->Finish(0);
    } else {
      UsageError(session, error.what());
    }
  }
}

void CommandLine::TakeCommandLine(const std::vector<std::string>& remaining) {
  std::vector<std::string> words = remaining;
  if (!words.empty() && absl::StartsWith(words.front(), "-")) {
    throw CLI::ExtrasError({words.front()});
  }
  if (after_dashes_.has_value()) {
    // A "--" behind the command's first word belongs to the command.
    if (!words.empty()) words.push_back("--");
    words.insert(words.end(), after_dashes_->begin(), after_dashes_->end());
  }
  if (words.empty()) throw CLI::RequiredError("COMMAND");
  command_->SetCommandLine(std::move(words));
}

bool CommandLine::ExitsAsJob() const {
  return command_ != nullptr &&
         (command_->takes_command_line() || absl::string_view(command_->name()) == "wait");
}

void CommandLine::UsageError(Session* session, const std::string& message) {
  const std::string name =
      command_ == nullptr ? "proctor" : absl::StrCat("proctor ", command_->name());
  session->Note(absl::StrCat(session->err_style().Bad("proctor:"), " ", Printable(message),
                             "\n  See ", name, " --help.\n"));
  exit_code_ = ExitsAsJob() ? kExitProctorFailed : kExitUsage;
  command_ = nullptr;
}

}  // namespace proctor::cli
