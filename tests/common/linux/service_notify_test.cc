#include "common/linux/service_notify.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "common/unique_fd.h"

namespace proctor {
namespace {

class ServiceNotifyTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
    address_.sun_family = AF_UNIX;
    const std::string path = directory_ + "/notify";
    std::strncpy(address_.sun_path, path.c_str(), sizeof(address_.sun_path) - 1);
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)),
              0);
  }
  void TearDown() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unlink(address_.sun_path);
    ::rmdir(directory_.c_str());
  }

  std::string Received() {
    pollfd wait = {socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 0) != 1) return "";
    char text[256];
    const ssize_t got = ::recv(socket_.get(), text, sizeof(text), 0);
    return std::string(text, got > 0 ? static_cast<size_t>(got) : 0);
  }

  std::string directory_ = "/tmp/proctor-notify.XXXXXX";
  sockaddr_un address_ = {};
  UniqueFd socket_;
};

TEST_F(ServiceNotifyTest, TellsTheServiceManager) {
  ::setenv("NOTIFY_SOCKET", address_.sun_path, 1);
  NotifyService("READY=1");
  EXPECT_EQ(Received(), "READY=1");
}

}  // namespace
}  // namespace proctor
