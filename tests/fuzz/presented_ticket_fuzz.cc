#include "tests/fuzz/presented_ticket_fuzz.h"

#include <cstdlib>
#include <functional>

#include "common/linux/presented_ticket.h"

namespace proctor {
namespace {

constexpr char kTicketTag = 0x61;

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

void FuzzPresentedTicket(const uint8_t* data, size_t size) {
  const absl::string_view token(reinterpret_cast<const char*>(data), size);
  const absl::string_view ticket = TicketInToken(token);
  if (ticket.empty()) return;
  const std::less_equal<const char*> not_after;
  Check(not_after(token.data(), ticket.data()));
  Check(not_after(ticket.data() + ticket.size(), token.data() + token.size()));
  Check(ticket.front() == kTicketTag);
}

}  // namespace proctor
