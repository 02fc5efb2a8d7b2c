#include "applier/release.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "schema/checksum.h"
#include "schema/step_names.h"

namespace emcee::applier {

using schema::ErrorCode;
using schema::fail;
using schema::Result;

namespace {

// Keeps the order of keys, so that the checksum of a value is that of its text in the file.
using Json = nlohmann::ordered_json;

// The deepest plan has 8 levels; nlohmann's dump() recurses.
constexpr int kMaxDepth = 32;

bool too_deep(std::string_view json) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// One object of the plan. The first mistake is kept, later reads give empty values.
class JsonReader {
 public:
  JsonReader(const Json& object, std::string place, std::optional<schema::Error>& error)
      : object_(object), place_(std::move(place)), error_(error) {
    if (!object.is_object()) complain("", "an object");
  }

  std::string text(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return {};
    if (!value->is_string()) return complain(key, "a string"), std::string();
    auto result = value->get<std::string>();
    if (result.find('\0') != std::string::npos) complain(key, "a string without NUL");
    return result;
  }

  int number(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return 0;
    if (!value->is_number_integer() || *value < 0 || *value > 1'000'000'000)
      return complain(key, "a whole number, not negative"), 0;
    return value->get<int>();
  }

  bool truth(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) return complain(key, "true or false"), false;
    return value->get<bool>();
  }

  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> result;
    for (const Json& value : array(key)) {
      if (!value.is_string() || value.get_ref<const std::string&>().find('\0') != std::string::npos) {
        complain(key, "strings only, without NUL");
        break;
      }
      result.push_back(value.get<std::string>());
    }
    return result;
  }

  template <class T>
  std::vector<T> objects(const char* key, T (*read)(JsonReader&)) {
    std::vector<T> result;
    std::size_t index = 0;
    for (const Json& value : array(key)) {
      JsonReader element(value, fmt::format("{}{}[{}].", place_, key, index++), error_);
      if (!error_) result.push_back(read(element));
      if (error_) break;
    }
    return result;
  }

  template <class T>
  T object(const char* key, T (*read)(JsonReader&)) {
    const Json* value = find(key);
    if (value == nullptr) return {};
    JsonReader element(*value, fmt::format("{}{}.", place_, key), error_);
    return error_ ? T{} : read(element);
  }

  bool has(const char* key) const {
    const auto found = object_.find(key);
    return found != object_.end() && !found->is_null();
  }

  void complain(std::string_view key, std::string_view expected) {
    if (error_) return;
    const std::string place =
        key.empty() ? place_.substr(0, place_.empty() ? 0 : place_.size() - 1) : place_ + std::string(key);
    error_ =
        schema::Error{ErrorCode::fix_text,
                      fmt::format("plan.json: {}: expected {}", place.empty() ? "the whole file" : place, expected),
                      std::nullopt, "write the plan anew with `emcee plan`"};
  }

 private:
  const Json* find(const char* key) {
    if (error_) return nullptr;
    const auto found = object_.find(key);
    if (found == object_.end()) return complain(key, "this key to be there"), nullptr;
    return &*found;
  }

  const Json& array(const char* key) {
    static const Json kNothing = Json::array();
    const Json* value = find(key);
    if (value == nullptr) return kNothing;
    if (!value->is_array()) return complain(key, "an array"), kNothing;
    return *value;
  }

  const Json& object_;
  std::string place_;
  std::optional<schema::Error>& error_;
};

// One of the words of a closed set.
template <class Enum, std::size_t count>
Enum word(JsonReader& reader, const char* key, const Enum (&choices)[count]) {
  const std::string text = reader.text(key);
  std::string expected;
  for (const Enum choice : choices) {
    if (text == to_string(choice)) return choice;
    expected += fmt::format("{}{}", expected.empty() ? "one of " : ", ", to_string(choice));
  }
  reader.complain(key, expected);
  return choices[0];
}

Hazard read_hazard(JsonReader& r) { return {r.text("code"), r.text("object"), r.text("message")}; }

Choice read_choice(JsonReader& r) { return {r.text("object"), r.text("text")}; }

RowQuery read_row_query(JsonReader& r) {
  return {r.text("name"), r.text("kind"), r.text("table"), r.text("sql"), r.text("count"), r.text("hint")};
}

Undo read_undo(JsonReader& r) {
  return {r.texts("before"), r.texts("run"), r.texts("after"), r.texts("verify"), r.text("loses")};
}

ConversionColumn read_column(JsonReader& r) { return {r.text("name"), r.text("sql")}; }
ConversionColumn read_new_column(JsonReader& r) { return {r.text("name"), r.text("sql"), r.truth("not_null")}; }

Conversion read_conversion(JsonReader& r) {
  return {r.text("map"), r.texts("program"), r.objects("key", read_column), r.objects("old", read_column),
          r.objects("new", read_new_column)};
}

Numbering read_numbering(JsonReader& r) {
  return {r.texts("before"), r.text("update"), r.text("end"), r.texts("after")};
}

Backfill read_backfill(JsonReader& r) {
  Backfill backfill;
  backfill.table = r.text("table");
  backfill.table_sql = r.text("table_sql");
  backfill.key_sql = r.texts("key_sql");
  backfill.pending = r.text("pending");
  backfill.set = r.text("set");
  backfill.bypass_triggers = r.truth("bypass_triggers");
  if (r.has("conversion")) backfill.conversion = r.object("conversion", read_conversion);
  if (r.has("numbering")) backfill.numbering = r.object("numbering", read_numbering);
  if (r.has("numbering_offline")) backfill.numbering_offline = r.object("numbering_offline", read_numbering);
  if (r.has("generate")) {
    backfill.generate = r.text("generate");
    if (r.has("generate_end")) backfill.generate_end = r.text("generate_end");
    if (r.has("kept_out")) backfill.kept_out = r.text("kept_out");
  }
  if (r.has("row_lock")) backfill.row_lock = r.text("row_lock");
  return backfill;
}

struct Lock {
  std::string time, what;
};
Lock read_lock(JsonReader& r) { return {r.text("time"), r.text("what")}; }

Step read_step(JsonReader& r) {
  constexpr StepKind kKinds[] = {StepKind::ddl, StepKind::sync, StepKind::backfill, StepKind::check};
  Step step;
  step.number = r.number("number");
  step.title = r.text("title");
  step.kind = word(r, "kind", kKinds);
  step.reasons = r.texts("reasons");
  step.hazards = r.objects("hazards", read_hazard);
  Lock lock = r.object("lock", read_lock);
  step.lock_time = std::move(lock.time);
  step.lock = std::move(lock.what);
  step.transactional = r.truth("transactional");
  step.before = r.texts("before");
  step.run = r.texts("run");
  step.after = r.texts("after");
  step.verify = r.texts("verify");
  step.probe = r.text("probe");
  if (r.has("undo")) step.undo = r.object("undo", read_undo);
  if (step.kind == StepKind::backfill) step.backfill = r.object("backfill", read_backfill);
  if (step.kind == StepKind::check) step.requirement = r.object("requirement", read_row_query);
  return step;
}

Script read_script(JsonReader& r) {
  constexpr Phase kPhases[] = {Phase::expand, Phase::migrate, Phase::contract};
  Script script;
  script.name = r.text("name");
  script.phase = word(r, "phase", kPhases);
  script.number = r.number("number");
  script.checksum = r.text("checksum");
  script.file_checksum = r.text("file_checksum");
  script.steps = r.objects("steps", read_step);
  return script;
}

struct Pair {
  std::string old_schema, new_schema;
};
Pair read_schemas(JsonReader& r) { return {r.text("old"), r.text("new")}; }

struct Resolutions {
  std::vector<std::string> old_release, new_release;
};
Resolutions read_resolve(JsonReader& r) { return {r.texts("old"), r.texts("new")}; }

Release read_plan(JsonReader& r) {
  Release release;
  release.tool = r.text("tool");
  release.dialect = r.text("dialect");
  if (r.has("server_version")) release.server_version = r.text("server_version");
  release.component = r.text("component");
  release.name = r.text("release");
  release.from = r.text("from");
  Pair schemas = r.object("schemas", read_schemas);
  release.old_schema = std::move(schemas.old_schema);
  release.new_schema = std::move(schemas.new_schema);
  release.scripts = r.objects("scripts", read_script);
  release.verify = r.objects("verify", read_row_query);
  Resolutions resolve = r.object("resolve", read_resolve);
  release.resolve_old = std::move(resolve.old_release);
  release.resolve_new = std::move(resolve.new_release);
  release.sync_objects = r.texts("sync_objects");
  if (r.has("generates")) release.generates = r.texts("generates");
  if (r.has("counts")) release.counts = r.texts("counts");
  if (r.has("moves")) release.moves = r.texts("moves");
  release.hazards = r.objects("hazards", read_hazard);
  release.choices = r.objects("choices", read_choice);
  release.notes = r.texts("notes");
  return release;
}

// What the runner relies on: phases in order, numbers that count, names that can be file names.
Result<void> check_scripts(const Release& release) {
  const auto wrong = [](const std::string& message) {
    return fail(ErrorCode::fix_text, "plan.json: " + message, "write the plan anew with `emcee plan`");
  };
  std::set<std::string> names;
  Phase phase = Phase::expand;
  int count[3] = {0, 0, 0};
  for (const Script& script : release.scripts) {
    if (script.phase < phase) return wrong(fmt::format("{} stands behind a later phase", script.name));
    phase = script.phase;
    ++count[static_cast<int>(phase)];
    if (script.name.empty() || script.name.find_first_of("/\\") != std::string::npos || script.name.front() == '.')
      return wrong(fmt::format("'{}' is no name for a script", script.name));
    if (!names.insert(script.name).second) return wrong(fmt::format("two scripts are called {}", script.name));
    int number = 0;
    for (const Step& step : script.steps)
      if (step.number != ++number)
        return wrong(fmt::format("{} has step {} where step {} belongs", script.name, step.number, number));
  }
  for (const Phase each : {Phase::expand, Phase::migrate, Phase::contract})
    if (count[static_cast<int>(each)] == 0) return wrong(fmt::format("there is no script to {}", to_string(each)));
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path, const std::string& missing_hint, ErrorCode missing) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf() || file.peek() == std::ifstream::traits_type::eof()))
    return fail(missing, fmt::format("{}: cannot be read", path.string()), missing_hint);
  return std::move(text).str();
}

}  // namespace

std::string_view to_string(Phase phase) { return schema::name_of(phase, schema::kPhaseNames); }
std::string_view to_string(StepKind kind) { return schema::name_of(kind, schema::kStepKindNames); }

Result<Release> parse_release(std::string_view text) {
  const std::string hint = "write the plan anew with `emcee plan`";
  if (too_deep(text)) return fail(ErrorCode::fix_text, "plan.json: nested too deeply", hint);
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::fix_text, "plan.json: not valid JSON", hint);

  std::optional<schema::Error> error;
  JsonReader reader(json, "", error);
  const int format = error ? 0 : reader.number("format");
  if (!error && format != kPlanFormat)
    return fail(ErrorCode::fix_text, fmt::format("plan.json has format {}, this Emcee reads {}", format, kPlanFormat),
                "write the plan anew with this version, or run it with the one that wrote it");
  Release release = error ? Release{} : read_plan(reader);
  if (error) return fail(std::move(*error));

  const Json& scripts = json["scripts"];
  for (std::size_t i = 0; i < release.scripts.size(); ++i) {
    const std::string steps = scripts[i]["steps"].dump(-1, ' ', false, Json::error_handler_t::replace);
    if (schema::checksum(steps) != release.scripts[i].checksum)
      return fail(ErrorCode::wrong_order,
                  fmt::format("changed script: the steps of {} do not match its checksum", release.scripts[i].name),
                  "plan.json is written by `emcee plan` only: put back the file that was released");
  }
  EMCEE_TRY(check_scripts(release));
  return release;
}

Result<Release> read_release(const std::filesystem::path& directory) {
  EMCEE_ASSIGN(const std::string text,
               read_file(directory / "plan.json", "name the folder of a release with --plan; `emcee plan` makes one",
                         ErrorCode::usage));
  EMCEE_ASSIGN(Release release, parse_release(text));
  for (const Script& script : release.scripts) {
    const std::string file = script.name + ".sql";
    EMCEE_ASSIGN(const std::string sql,
                 read_file(directory / file, "put back the file that was released", ErrorCode::wrong_order));
    if (schema::checksum(sql) != script.file_checksum)
      return fail(ErrorCode::wrong_order,
                  fmt::format("changed script: {} does not match its checksum in plan.json", file),
                  "put back the file that was released; to change a plan, run `emcee plan` again");
  }
  return release;
}

}  // namespace emcee::applier
