#include "tests/e2e/forked_task.h"

#include <fcntl.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

// On the pipe: strings, each with its length in decimal and a colon before it; first the result,
// then file, line and message of each failure.
void Append(absl::string_view value, std::string* out) {
  absl::StrAppend(out, value.size(), ":", value);
}

std::vector<std::string> Split(absl::string_view bytes) {
  std::vector<std::string> values;
  while (!bytes.empty()) {
    const size_t colon = bytes.find(':');
    size_t size = 0;
    if (colon == absl::string_view::npos || !absl::SimpleAtoi(bytes.substr(0, colon), &size) ||
        bytes.size() - colon - 1 < size) {
      break;
    }
    values.emplace_back(bytes.substr(colon + 1, size));
    bytes.remove_prefix(colon + 1 + size);
  }
  return values;
}

std::string RunBody(const std::function<std::string()>& body) {
  ::testing::TestPartResultArray failures;
  std::string result;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &failures);
    try {
      result = body();
    } catch (const CannotGoOn&) {  // Recorded where it was thrown.
    } catch (const std::exception& e) {
      ADD_FAILURE() << "exception: " << e.what();
    }
  }
  std::string message;
  Append(result, &message);
  for (int i = 0; i < failures.size(); ++i) {
    const ::testing::TestPartResult& failure = failures.GetTestPartResult(i);
    if (!failure.failed()) continue;
    Append(failure.file_name() != nullptr ? failure.file_name() : "", &message);
    Append(absl::StrCat(failure.line_number()), &message);
    Append(failure.message(), &message);
  }
  Append("end", &message);
  return message;
}

[[noreturn]] void RunChild(const Account& account, const std::function<std::string()>& body,
                           int result_fd) {
  account.Become();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // After the ids changed, which clears it.
  ::setenv("HOME", account.home.c_str(), 1);
  const std::string message = RunBody(body);
  size_t done = 0;
  while (done < message.size()) {
    const ssize_t n = ::write(result_fd, message.data() + done, message.size() - done);
    if (n < 0 && errno != EINTR) break;
    if (n > 0) done += static_cast<size_t>(n);
  }
  ::_exit(0);
}

}  // namespace

ForkedTask::ForkedTask(const Account& account, const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) Fail("pipe2");
  result_ = UniqueFd(ends[0]);
  const UniqueFd write_end(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) Fail("fork");
  if (pid_ == 0) {
    result_.reset();
    RunChild(account, body, write_end.get());
  }
}

ForkedTask::~ForkedTask() {
  Kill();
  Reap();
}

void ForkedTask::Kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void ForkedTask::Reap() {
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool ForkedTask::Ended() const {
  pollfd wait = {result_.get(), POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0;
}

std::string ForkedTask::Join(std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd wait = {result_.get(), POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      ADD_FAILURE() << "the forked task did not end within " << patience.count() << " s";
      Kill();
      break;
    }
    const ssize_t n = ::read(result_.get(), buffer, sizeof(buffer));
    if (n <= 0) break;
    bytes.append(buffer, static_cast<size_t>(n));
  }
  Reap();
  const std::vector<std::string> values = Split(bytes);
  if (values.empty() || values.back() != "end") {
    ADD_FAILURE() << "the forked task died";
    return "";
  }
  for (size_t i = 1; i + 2 < values.size(); i += 3) {
    ADD_FAILURE_AT(values[i].c_str(), std::atoi(values[i + 1].c_str())) << values[i + 2];
  }
  return values.front();
}

}  // namespace proctor
