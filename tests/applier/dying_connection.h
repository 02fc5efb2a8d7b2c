// A connection that kills its process at a chosen call, and a harness that kills everywhere.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "applier/forwarding_connection.h"

namespace emcee::applier {

// Passes everything on, and kills the process before or after the n-th call.
class DyingConnection final : public ForwardingConnection {
 public:
  DyingConnection(std::unique_ptr<Connection> real, int death)
      : ForwardingConnection(std::move(real)), calls_left_(death) {}

  // Queries change nothing: it does not die of them.
  Result<void> execute(std::string_view sql) override {
    return around([&] { return real_->execute(sql); });
  }
  Result<std::int64_t> change(std::string_view sql, const Row& parameters) override {
    return around([&] { return real_->change(sql, parameters); });
  }
  Result<void> begin() override {
    return around([&] { return real_->begin(); });
  }
  Result<void> commit() override {
    return around([&] { return real_->commit(); });
  }

 private:
  void tick() {
    if (--calls_left_ == 0) kill(getpid(), SIGKILL);
  }
  // Two points of death: before the call and after it.
  template <class Call>
  std::invoke_result_t<Call> around(Call call) {
    tick();
    auto result = call();
    tick();
    return result;
  }

  int calls_left_;
};

enum class End { finished, killed, failed };

// Runs `work` in a process of its own.
template <class Work>
End in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return End::killed;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? End::finished : End::failed;
}

using Work = std::function<bool(Connection&)>;

// Where databases of a server come from; a place is a file or a URL.
struct Bed {
  std::function<std::string()> make;
  std::function<std::unique_ptr<Connection>(const std::string&)> open;
  std::function<void(const std::string&)> remove;
};

// Kills `work` at its first point of death, then at its second, ..., each time with a new database,
// and finishes it with a fresh connection. Afterwards `end` must give what it gives after work that
// nobody killed. `stride`: only every n-th point.
inline void kill_everywhere(const Bed& bed, const std::function<void(const std::string&)>& prepare, const Work& work,
                            const std::function<std::string(const std::string&)>& end, int at_least, int stride = 1) {
  const std::string whole = bed.make();
  prepare(whole);
  ASSERT_TRUE(work(*bed.open(whole)));
  const std::string expected = end(whole);
  bed.remove(whole);

  int deaths = 0, point = 1;
  for (End how = End::killed; how == End::killed; point += stride) {
    const std::string place = bed.make();
    prepare(place);
    how = in_child([&] {
      DyingConnection dying(bed.open(place), point);
      return work(dying);
    });
    ASSERT_NE(how, End::failed) << "point " << point;
    if (how == End::killed) ++deaths;
    ASSERT_TRUE(work(*bed.open(place))) << "point " << point;
    ASSERT_EQ(end(place), expected) << "point " << point;
    bed.remove(place);
  }
  EXPECT_GE(deaths, at_least);
}

}  // namespace emcee::applier
