#ifndef PROCTOR_AGENT_JOB_JOB_INDEX_H_
#define PROCTOR_AGENT_JOB_JOB_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "agent/job/job_entry.h"

namespace proctor {

// All records, by whatever they are looked up by. There may be hundreds of thousands: the entries
// themselves hold the keys. Not thread-safe: the owner's lock guards it.
class JobIndex {
 public:
  using EntryPtr = std::shared_ptr<JobEntry>;
  using Ordered = absl::btree_map<uint64_t, EntryPtr>;  // By JobEntry::sequence.

  void Add(const EntryPtr& entry);
  void Remove(const EntryPtr& entry);
  // The job has ended: it is no longer among the active ones.
  void End(const JobEntry& entry) { active_.erase(entry.sequence); }
  // The entry's request id may be used again.
  void ReleaseRequest(const EntryPtr& entry);

  // Null: there is none.
  EntryPtr Find(absl::string_view job_id) const;
  EntryPtr FindRequest(absl::string_view owner, absl::string_view request_id) const;

  const Ordered& all() const { return all_; }
  const Ordered& active() const { return active_; }  // JobEntry::active is not null.

 private:
  struct ById {
    using is_transparent = void;
    static absl::string_view Key(absl::string_view id) { return id; }
    static absl::string_view Key(const EntryPtr& entry) { return entry->id; }
    template <typename T>
    size_t operator()(const T& value) const {
      return absl::Hash<absl::string_view>()(Key(value));
    }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Key(a) == Key(b);
    }
  };
  struct Request {
    absl::string_view owner;
    absl::string_view id;
  };
  struct ByRequest {
    using is_transparent = void;
    static Request Key(const Request& request) { return request; }
    static Request Key(const EntryPtr& entry) { return {entry->owner->key(), entry->request_id}; }
    template <typename T>
    size_t operator()(const T& value) const {
      const Request key = Key(value);
      return absl::HashOf(key.owner, key.id);
    }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Key(a).owner == Key(b).owner && Key(a).id == Key(b).id;
    }
  };

  Ordered all_;
  Ordered active_;
  absl::flat_hash_set<EntryPtr, ById, ById> by_id_;
  absl::flat_hash_set<EntryPtr, ByRequest, ByRequest> by_request_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_INDEX_H_
