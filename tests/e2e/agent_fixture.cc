#include "tests/e2e/agent_fixture.h"

namespace proctor {
namespace {

std::unique_ptr<AgentClient> Connect(const std::string& socket) {
  ClientOptions options;
  options.target = socket;
  options.connect_timeout = absl::Seconds(20);
  return Must(AgentClient::Connect(std::move(options)));
}

}  // namespace

AgentTest::~AgentTest() {
  agent_.reset();  // Before the accounts of the processes it would end.
}

AgentProcess& AgentTest::StartAgent(AgentSetup setup) {
  agent_ = std::make_unique<AgentProcess>(directory_.path(), std::move(setup));
  agent_->Start();
  return *agent_;
}

const Account& AgentTest::user() {
  if (!IsRoot()) {
    if (!own_.has_value()) own_ = Account::Current();
    return *own_;
  }
  if (user_ == nullptr) user_ = std::make_unique<TestUser>();
  return user_->account();
}

const Account& AgentTest::other_user() {
  if (other_user_ == nullptr) other_user_ = std::make_unique<TestUser>();
  return other_user_->account();
}

std::unique_ptr<ForkedTask> AgentTest::Begin(const Account& account,
                                             const std::function<std::string(AgentClient&)>& body) {
  const std::string socket = agent_->socket();
  return std::make_unique<ForkedTask>(account, [socket, body] {
    const std::unique_ptr<AgentClient> client = Connect(socket);
    return body(*client);
  });
}

std::string AgentTest::As(const Account& account,
                          const std::function<std::string(AgentClient&)>& body) {
  return Begin(account, body)->Join();
}

void AgentTest::Do(const Account& account, const std::function<void(AgentClient&)>& body) {
  As(account, [&body](AgentClient& client) {
    body(client);
    return std::string();
  });
}

std::string AgentTest::AsUser(const std::function<std::string(AgentClient&)>& body) {
  return As(user(), body);
}

void AgentTest::DoAsUser(const std::function<void(AgentClient&)>& body) { Do(user(), body); }

std::string AgentTest::Shared(const std::string& name) {
  return directory_.File("shared") + "/" + name;
}

v1::LaunchSpec AgentTest::Spec(const std::string& program,
                               const std::vector<std::string>& arguments) {
  v1::LaunchSpec spec;
  spec.add_argv(directory_.Program(program));
  for (const std::string& argument : arguments) spec.add_argv(argument);
  return spec;
}

}  // namespace proctor
