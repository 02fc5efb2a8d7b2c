#include "plan/order.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "schema/match.h"

namespace emcee::plan {

namespace {

using Names = std::unordered_set<Identifier>;

// Whether a server folds names or not: a name too many costs nothing but another order.
Identifier word(std::string_view text) { return Identifier(std::string(text), schema::Folding::ignore_case); }

// The words of a text that is not parsed: a type `public.mood[]`, a literal 'public.images_id_seq'.
void add_words(Names& names, std::string_view text) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c < 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    if (!in_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && in_word(text[end])) ++end;
    names.insert(word(text.substr(at, end - at)));
    at = end;
  }
}

void add(Names& names, const Fragment& fragment) {
  for (const schema::Token& token : fragment.tokens()) {
    if (token.role == schema::Role::table || token.role == schema::Role::name) names.insert(word(token.text));
    if (token.role == schema::Role::literal && token.text.size() < 200) add_words(names, token.text);
    if (token.role == schema::Role::column && !token.qualifier.empty()) names.insert(word(token.qualifier.text()));
  }
}
void add(Names& names, const std::optional<Fragment>& fragment) {
  if (fragment) add(names, *fragment);
}
void add(Names& names, const schema::Options& options) {
  for (const auto& [option, value] : options)
    if (option != "comment") add_words(names, value);
}
void add(Names& names, const QualifiedName& name) {
  names.insert(word(name.name.text()));
  if (!name.schema.empty()) names.insert(word(name.schema.text()));
}
void add(Names& names, const schema::Column& column) {
  add_words(names, column.type.name);
  add(names, column.default_value);
  if (column.generated) add(names, column.generated->expression);
  if (column.collation) names.insert(word(column.collation->text()));
}
void add(Names& names, const schema::Index& index) {
  for (const auto& part : index.parts) {
    add(names, part.expression);
    add_words(names, part.operator_class);
  }
  add(names, index.where);
}
void add(Names& names, const schema::Table& table) {
  for (const auto& column : table.columns) add(names, column);
  for (const auto& check : table.checks) add(names, check.expression);
  for (const auto& key : table.foreign_keys) add(names, key.references);
  for (const auto& index : table.indexes) add(names, index);
  add(names, table.options.other);
  if (!table.name.schema.empty()) names.insert(word(table.name.schema.text()));
}
void add(Names& names, const schema::View& view) {
  add(names, view.query);
  if (!view.name.schema.empty()) names.insert(word(view.name.schema.text()));
}
void add(Names& names, const schema::Trigger& trigger) {
  add(names, trigger.table);
  add(names, trigger.when);
  add(names, trigger.body);
}
void add(Names& names, const schema::OpaqueObject& object) {
  add(names, object.definition);
  if (!object.name.schema.empty()) names.insert(word(object.name.schema.text()));
}

// What a change needs to be there.
void add_needs(Names& names, const diff::Change& change) {
  schema::match(
      change,
      [&](const diff::CreateTable& c) {
        add(names, c.table);
        names.erase(word(c.table.name.name.text()));  // what it gets later needs it, and not the other way
      },
      [&](const diff::DropTable& c) { add(names, c.table); }, [&](const diff::CreateView& c) { add(names, c.view); },
      [&](const diff::DropView& c) { add(names, c.view); }, [&](const diff::ReplaceView& c) { add(names, c.after); },
      [&](const diff::CreateTrigger& c) { add(names, c.trigger); },
      [&](const diff::DropTrigger& c) { add(names, c.trigger); },
      [&](const diff::ReplaceTrigger& c) { add(names, c.after); },
      [&](const diff::CreateObject& c) { add(names, c.object); },
      [&](const diff::DropObject& c) { add(names, c.object); },
      [&](const diff::ReplaceObject& c) { add(names, c.after); },
      [&](const diff::AddColumn& c) { add(names, c.column); },
      [&](const diff::ChangeType& c) { add_words(names, c.after.name); },
      [&](const diff::AddDefault& c) { add(names, c.value); },
      [&](const diff::ChangeDefault& c) { add(names, c.after); },
      [&](const diff::AddCheck& c) { add(names, c.check.expression); },
      [&](const diff::AddForeignKey& c) { add(names, c.key.references); },
      [&](const diff::CreateIndex& c) {
        add(names, c.table);
        add(names, c.index);
      },
      [](const auto&) {});
}

// The bare name of an object: functions carry the types of their arguments.
Identifier bare(const QualifiedName& name) {
  return word(std::string_view(name.name.text()).substr(0, name.name.text().find('(')));
}

// What a change brings, or takes away.
std::optional<Identifier> provided(const diff::Change& change) {
  return schema::match(
      change, [](const diff::CreateTable& c) { return std::optional(bare(c.table.name)); },
      [](const diff::DropTable& c) { return std::optional(bare(c.table.name)); },
      [](const diff::CreateView& c) { return std::optional(bare(c.view.name)); },
      [](const diff::DropView& c) { return std::optional(bare(c.view.name)); },
      [](const diff::ReplaceView& c) { return std::optional(bare(c.after.name)); },
      [](const diff::CreateObject& c) { return std::optional(bare(c.object.name)); },
      [](const diff::DropObject& c) { return std::optional(bare(c.object.name)); },
      [](const diff::ReplaceObject& c) { return std::optional(bare(c.after.name)); },
      // Others may name what a table gets.
      [](const diff::AddColumn& c) { return std::optional(bare(c.table)); },
      [](const diff::ChangeType& c) { return std::optional(bare(c.table)); },
      [](const auto&) { return std::optional<Identifier>(); });
}

// A comment or a grant has the name of what it is about, and nothing needs it.
bool is_about_another(const diff::Change& change) {
  const auto about = [](const schema::OpaqueObject& o) {
    return o.kind == "comment" || o.kind == "grant" || o.kind == "owner" || o.kind == "sequence owner";
  };
  return schema::match(
      change, [&](const diff::CreateObject& c) { return about(c.object); },
      [&](const diff::DropObject& c) { return about(c.object); },
      [&](const diff::ReplaceObject& c) { return about(c.after); }, [](const auto&) { return false; });
}

class Sorter {
 public:
  explicit Sorter(std::vector<Bundle>& bundles) : bundles_(bundles), seen_(bundles.size()) {
    for (std::size_t i = 0; i < bundles.size(); ++i)
      for (const Item& item : bundles[i])
        if (const auto name = provided(item.change); name && !is_about_another(item.change))
          providers_[*name].push_back(i);
  }

  std::vector<std::size_t> run() {
    for (std::size_t i = 0; i < bundles_.size(); ++i) visit(i);
    return std::move(order_);
  }

 private:
  void visit(std::size_t i) {
    if (seen_[i]) return;
    seen_[i] = true;
    Names needs;
    for (const Item& item : bundles_[i]) {
      add_needs(needs, item.change);
      if (is_about_another(item.change)) add_words(needs, diff::subject(item.change).text());
    }
    std::vector<std::size_t> before;
    for (const Identifier& name : needs)
      if (const auto it = providers_.find(name); it != providers_.end())
        before.insert(before.end(), it->second.begin(), it->second.end());
    std::sort(before.begin(), before.end());  // whatever order the names have in memory
    for (const std::size_t j : before) visit(j);
    order_.push_back(i);
  }

  std::vector<Bundle>& bundles_;
  std::vector<bool> seen_;
  std::unordered_map<Identifier, std::vector<std::size_t>> providers_;
  std::vector<std::size_t> order_;
};

void arrange(std::vector<Bundle>& bundles, const std::vector<std::size_t>& order) {
  std::vector<Bundle> result;
  result.reserve(order.size());
  for (const std::size_t i : order) result.push_back(std::move(bundles[i]));
  bundles = std::move(result);
}

}  // namespace

namespace {

// What it brings has names of its own, which nobody sees here: types, operator classes, functions.
bool is_extension(const Bundle& bundle) {
  const auto of = [](const schema::OpaqueObject& object) { return object.kind == "extension"; };
  return schema::match(
      bundle.front().change, [&](const diff::CreateObject& c) { return of(c.object); },
      [&](const diff::DropObject& c) { return of(c.object); }, [](const auto&) { return false; });
}

}  // namespace

void creators_first(std::vector<Bundle>& bundles) {
  std::stable_partition(bundles.begin(), bundles.end(), is_extension);
  arrange(bundles, Sorter(bundles).run());
}

void users_first(std::vector<Bundle>& bundles) {
  // The same order as for creation, backwards.
  std::stable_partition(bundles.begin(), bundles.end(), [](const Bundle& b) { return !is_extension(b); });
  std::reverse(bundles.begin(), bundles.end());
  auto order = Sorter(bundles).run();
  std::reverse(order.begin(), order.end());
  arrange(bundles, order);
}

void detach_foreign_keys(std::vector<Bundle>& bundles, const schema::Schema& before) {
  std::unordered_set<QualifiedName> there;
  std::vector<Bundle> detached;
  for (Bundle& bundle : bundles) {
    for (Item& item : bundle) {
      auto* create = std::get_if<diff::CreateTable>(&item.change);
      if (!create) continue;
      there.insert(create->table.name);
      auto& keys = create->table.foreign_keys;
      for (auto key = keys.begin(); key != keys.end();) {
        if (there.count(key->references) || before.find_table(key->references)) {
          ++key;
          continue;
        }
        detached.push_back({{diff::AddForeignKey{create->table.name, *key}, item.reason, {}}});
        key = keys.erase(key);
        create->table.source.clear();
      }
    }
  }
  for (Bundle& bundle : detached) bundles.push_back(std::move(bundle));
}

void free_foreign_keys(std::vector<Bundle>& bundles) {
  std::unordered_set<QualifiedName> gone;
  std::vector<Bundle> freed;
  for (Bundle& bundle : bundles) {
    for (Item& item : bundle) {
      auto* drop = std::get_if<diff::DropTable>(&item.change);
      if (!drop) continue;
      auto& keys = drop->table.foreign_keys;
      for (auto key = keys.begin(); key != keys.end();) {
        if (!gone.count(key->references)) {
          ++key;
          continue;
        }
        freed.push_back({{diff::DropForeignKey{drop->table.name, *key}, item.reason, {}}});
        key = keys.erase(key);
        drop->table.source.clear();
      }
      gone.insert(drop->table.name);
    }
  }
  bundles.insert(bundles.begin(), std::make_move_iterator(freed.begin()), std::make_move_iterator(freed.end()));
}

void join_replaced_views(std::vector<Bundle>& bundles) {
  const auto replaced = [](const Bundle& bundle) { return std::get_if<diff::ReplaceView>(&bundle.front().change); };
  const auto reads = [](const diff::ReplaceView& user, const diff::ReplaceView& view) {
    return user.before.query.mentions_table(view.after.name.name) ||
           user.after.query.mentions_table(view.after.name.name);
  };
  std::vector<Bundle> views;
  for (Bundle& bundle : bundles)
    if (replaced(bundle)) views.push_back(std::exchange(bundle, {}));
  creators_first(views);
  std::vector<Bundle> joined;
  for (Bundle& view : views) {
    const diff::ReplaceView& change = *replaced(view);
    const auto is_kin = [&](const Bundle& bundle) {
      return std::any_of(bundle.begin(), bundle.end(), [&](const Item& item) {
        const auto& other = std::get<diff::ReplaceView>(item.change);
        return reads(change, other) || reads(other, change);
      });
    };
    const auto kin = std::stable_partition(joined.begin(), joined.end(), [&](const Bundle& b) { return !is_kin(b); });
    Bundle all;
    for (auto bundle = kin; bundle != joined.end(); ++bundle)
      all.insert(all.end(), std::make_move_iterator(bundle->begin()), std::make_move_iterator(bundle->end()));
    joined.erase(kin, joined.end());
    all.push_back(std::move(view.front()));
    joined.push_back(std::move(all));
  }
  // In the place of the first.
  const auto place = std::find_if(bundles.begin(), bundles.end(), [](const Bundle& b) { return b.empty(); });
  const auto at = place - bundles.begin();
  bundles.erase(std::remove_if(bundles.begin(), bundles.end(), [](const Bundle& b) { return b.empty(); }),
                bundles.end());
  bundles.insert(bundles.begin() + at, std::make_move_iterator(joined.begin()), std::make_move_iterator(joined.end()));
}

}  // namespace emcee::plan
