// ALTER TABLE: https://dev.mysql.com/doc/refman/9.0/en/alter-table.html,
// https://mariadb.com/kb/en/alter-table/.
#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql::grammar {

namespace {

using enum Tk;

const auto column_name = note(Part::column_name)[nm(Mark::column, "a column name")];
const auto index_name = note(Part::index_name)[nm(Mark::name, "an index name")];
const auto constraint_name = note(Part::constraint_name)[nm(Mark::name, "a constraint name")];
const auto if_exists_mariadb = note(Part::if_exists)[mariadb >> op(kIf) >> kw(kExists)] | !op(kIf);
const auto if_not_exists_mariadb = note(Part::if_exists)[mariadb >> op(kIf) >> kw(kNot) >> kw(kExists)] | !op(kIf);
const auto optional_column = -op(kColumn);
const auto position =
    -note(Part::position)[op(kFirst) | (op(kAfter) >> note(Part::after)[nm(Mark::column, "a column name")])];
const auto any_index = any_of(kIndex, kKey);
const auto restrict_or_cascade = -any_of(kRestrict, kCascade);

const auto one_column = note(Part::add_column)[column >> position];
const auto several = op(left) >> (note(Part::add_constraint)[constraint] | note(Part::add_column)[column >> position]) %
                                     sym(comma) >>
                     sym(right);
const auto partition_names = nm(Mark::name, "a partition") % sym(comma);
const auto add =
    op(kAdd) >>
    (note(Part::alter_partitions)[op(kPartition) >> if_not_exists_mariadb >> -any_of(kNoWriteToBinlog, kLocal) >>
                                  ((op(kPartitions) >> lit(integer)) | partitions)] |
     note(Part::add_versioning)[mariadb >> op(kSystem) >> kw(kVersioning)] | note(Part::add_constraint)[constraint] |
     (optional_column >> if_not_exists_mariadb >> (several | one_column)));
const auto drop = op(kDrop) >>
                  (note(Part::drop_primary_key)[op(kPrimary) >> kw(kKey)] |
                   note(Part::drop_index)[any_index >> if_exists_mariadb >> index_name] |
                   note(Part::drop_foreign_key)[op(kForeign) >> kw(kKey) >> if_exists_mariadb >> constraint_name] |
                   note(Part::drop_constraint)[op(kConstraint) >> if_exists_mariadb >>
                                               (constraint_name | note(Part::constraint_name)[op(kPrimary)])] |
                   note(Part::drop_check)[op(kCheck) >> constraint_name] |
                   note(Part::alter_partitions)[op(kPartition) >> if_exists_mariadb >> partition_names] |
                   note(Part::drop_versioning)[mariadb >> op(kSystem) >> kw(kVersioning)] |
                   (mariadb >> note(Part::no_effect)[op(kPeriod) >> kw(kFor) >> verbatim_to_comma]) |
                   note(Part::drop_column)[optional_column >> if_exists_mariadb >> column_name >> restrict_or_cascade]);
const auto modify =
    note(Part::modify_column)[op(kModify) >> optional_column >> if_exists_mariadb >> column >> position];
const auto change =
    note(Part::change_column)[op(kChange) >> optional_column >> if_exists_mariadb >> column_name >> column >> position];
const auto visibility = note(Part::visibility)[any_of(kVisible, kInvisible) | (-op(kNot) >> op(kIgnored))];
const auto alter_part =
    op(kAlter) >>
    (note(Part::alter_index)[any_index >> if_exists_mariadb >> index_name >> visibility] |
     note(Part::alter_check)[any_of(kCheck, kConstraint) >> constraint_name >>
                             note(Part::enforcement)[-op(kNot) >> op(kEnforced)]] |
     note(Part::set_default)[optional_column >> if_exists_mariadb >> column_name >> op(kSet) >> op(kDefault) >>
                             note(Part::default_value)[default_value]] |
     note(Part::set_visibility)[optional_column >> column_name >> op(kSet) >> visibility] |
     note(Part::drop_default)[optional_column >> if_exists_mariadb >> column_name >> kw(kDrop) >> kw(kDefault)]);
const auto new_name = note(Part::new_name)[nm(Mark::name, "a new name")];
const auto rename = op(kRename) >>
                    (note(Part::rename_column)[op(kColumn) >> if_exists_mariadb >> column_name >> kw(kTo) >> new_name] |
                     note(Part::rename_index)[any_index >> if_exists_mariadb >> index_name >> kw(kTo) >> new_name] |
                     note(Part::rename_table)[-(op(kTo) | op(kAs) | op(equal)) >> target(Part::new_target)]);
const auto convert = note(Part::convert)[op(kConvert) >> kw(kTo) >> charset_words() >> charset_name() >>
                                         -(op(kCollate) >> -op(equal) >> collation_name())];
const auto no_effect = note(
    Part::no_effect)[(any_of(kAlgorithm, kLock) >> -op(equal) >> plain_value()) |
                     (any_of(kEnable, kDisable) >> kw(kKeys)) | op(kForce) | (any_of(kDiscard, kImport) >> verbatim) |
                     (any_of(kWith, kWithout) >> kw(kValidation)) | (op(kOrder) >> kw(kBy) >> sort_list)];
const auto partition_work =
    note(Part::alter_partitions)[(any_of(kTruncate, kAnalyze, kCheck, kOptimize, kRebuild, kRepair, kCoalesce,
                                         kReorganize, kExchange) >>
                                  op(kPartition) >> -verbatim) |
                                 (mariadb >> op(kConvert) >> any_of(kPartition, kTable) >> verbatim)];
const auto one = add | drop | modify | change | alter_part | rename | convert | partition_work |
                 note(Part::remove_partitioning)[op(kRemove) >> kw(kPartitioning)] | no_effect;
const auto options = +table_option;
const auto actions = (one | options | partitioning) % sym(comma) >>
                     -note(Part::remove_partitioning)[op(kRemove) >> kw(kPartitioning)] >> -partitioning;
const auto wait = -(mariadb >> ((op(kWait) >> lit(integer)) | op(kNowait)));
const auto alter_def = note(Part::alter_table)[op(kAlter) >> -(mariadb >> op(kOnline)) >> -(mariadb >> op(kIgnore)) >>
                                               op(kTable) >> if_exists_mariadb >> target() >> wait >> -actions];

}  // namespace

BOOST_SPIRIT_DEFINE(alter)

EMCEE_MYSQL_INSTANTIATE(alter);

}  // namespace emcee::mysql::grammar
