// The workload whose mappings lead from table to table.
#include "tests/soak/related.h"

#include <stdexcept>

#include "tests/soak/registers.h"

namespace emcee::soak {

namespace {

class Related : public Scenario {
 public:
  Related(Server& server, Counts& counts)
      : server_(server), tables_(server), ranges_(tables_, server, counts), registers_(server, counts) {}

  void fill() override {
    using namespace related;
    const auto client = server_.connect();
    const auto run = [&](const std::string& sql) {
      if (client->run(sql) != Reply::done) throw std::runtime_error(client->message());
    };
    for (std::size_t r = 0; r < kRanges; ++r)
      for (std::int64_t i = 0; i < 40; ++i) {
        const std::int64_t id = static_cast<std::int64_t>(r) * kSpan + i;
        const Cell bio = i % 3 == 0 ? Cell() : Cell("b"), photo = i % 4 == 0 ? "p" : "none";
        run(fmt::format("INSERT INTO users (id, name, bio, photo) VALUES ('{}', 'n', {}, '{}')", user_id(id),
                        sql_text(bio), *photo));
        ranges_.put({Kind::user, id}, User{"n", {}, insert_user({bio, photo, {}}, Stage::old_only).persons});
        run(fmt::format("INSERT INTO posts (id, title, user_id) VALUES ({}, 't', '{}')", id, user_id(id)));
        ranges_.put({Kind::post, id}, Post{"t", id, true});
        run(fmt::format("INSERT INTO images (id, is_public) VALUES ({}, {})", id, i % 2));
        ranges_.put({Kind::image, id}, Image{{}, insert_image(i % 2, {}, Stage::old_only).states});
        run(fmt::format("INSERT INTO providers (id, name) VALUES ({}, 'n')", id));
        ranges_.put({Kind::provider, id}, unmade("n"));
      }
    registers_.fill();
  }
  void enter(Client& client, Stage stage) override {
    registers_.enter(client, stage);
    ranges_.enter(stage);
  }
  void write(Client& client, std::size_t range, bool as_new, std::mt19937_64& random) override {
    if (random() % 6 == 0)
      registers_.write(client, as_new, random);
    else
      ranges_.write(client, range, as_new, random);
  }
  void compare(Client& client) override {
    ranges_.compare(client);
    registers_.compare(client);
  }

 private:
  Server& server_;
  related::Tables tables_;
  Ranges<related::Tables> ranges_;
  related::Registers registers_;
};

}  // namespace

const ScenarioKind kRelated = {"related", related::releases,
                               [](Server& server, Counts& counts) -> std::unique_ptr<Scenario> {
                                 return std::make_unique<Related>(server, counts);
                               }};

}  // namespace emcee::soak
