// Five ways in which the best-known tool of the field loses data, each as a test that Emcee holds.
// It recomputes one form from the other on every write, tells releases apart by the text of
// search_path, and its batches read before they write.
#include <thread>

#include "tests/postgres/sync_fixture.h"

namespace emcee::postgres_test {
namespace {

TEST_F(Sync, AWriteToAnotherColumnKeepsWhatTheNewReleaseWrote) {
  start_images();
  session_.must("INSERT INTO images (id, visibility) VALUES (1, 'community')");
  session_.must("UPDATE images SET other = 'touched by the old release'");
  EXPECT_EQ(image(1), "0,community");
  session_.must("UPDATE images SET other = 'x', is_public = 0");  // an ORM that writes all columns back
  EXPECT_EQ(image(1), "0,community");
}

TEST_F(Sync, ARowNotYetMigratedKeepsItsOldValueWhenTheNewReleaseTouchesIt) {
  session_.must(kImages);
  session_.must("INSERT INTO images (id, is_public) VALUES (1, 1), (2, 1)");
  start_sync(session_, images_group(), images_schema());
  session_.must("UPDATE images SET other = 'touched by the new release' WHERE id = 1");
  EXPECT_EQ(image(1), "1");
  session_.must("UPDATE images SET other = 'x', visibility = visibility WHERE id = 2");  // NULL, written back
  EXPECT_EQ(image(2), "1");
  session_.must(postgres::render_backfill({images_group().table, {images_group()}}, images_schema()).single_update);
  EXPECT_EQ(image(1), "1,public");
  EXPECT_EQ(image(2), "1,public");
}

TEST_F(Sync, TheSearchPathOfTheWriterSaysNothing) {
  start_images();
  session_.must("SET search_path TO ''; INSERT INTO public.images (id, visibility) VALUES (1, 'private')");
  session_.must("SET search_path TO public_ocata, public; UPDATE public.images SET is_public = 1");
  EXPECT_EQ(value("SELECT visibility FROM public.images"), "public");
  // A function with a path of its own, as behind a pooler or an API.
  session_.must(
      "CREATE FUNCTION public.hide(integer) RETURNS void LANGUAGE sql SET search_path = pg_catalog AS "
      "$$ UPDATE public.images SET visibility = 'private' WHERE id = $1 $$; SELECT public.hide(1)");
  EXPECT_EQ(value("SELECT is_public FROM public.images"), "0");
}

// The batch waits for a row that the new release is writing, and must not write what it read before.
TEST_F(Sync, ABatchThatWaitedDoesNotOverwriteWhatItWaitedFor) {
  session_.must(kImages);
  session_.must("INSERT INTO images (id, is_public) VALUES (1, 1), (2, 0), (3, 1)");
  start_sync(session_, images_group(), images_schema());
  const auto backfill = postgres::render_backfill({images_group().table, {images_group()}}, images_schema());
  const std::string batch =
      "UPDATE images SET " + backfill.assignments + " WHERE id BETWEEN 1 AND 3 AND (" + backfill.pending + ") IS TRUE";

  session_.must(
      "BEGIN; UPDATE images SET visibility = 'private' WHERE id = 1; UPDATE images SET is_public = 1 WHERE "
      "id = 2");
  Answer answer;
  Session batches(url());
  batches.must("SET emcee.bypass = 'on'");
  std::thread waiting([&] { answer = batches.run(batch); });
  Session watch(url());
  while (watch.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "1")
    std::this_thread::yield();
  session_.must("COMMIT");
  waiting.join();
  EXPECT_EQ(answer.error, "");
  EXPECT_EQ(answer.affected, "1") << "only the row that nobody had migrated";
  EXPECT_EQ(image(1), "0,private");
  EXPECT_EQ(image(2), "1,public");
  EXPECT_EQ(image(3), "1,public");
}

TEST_F(Sync, AMappingThatLosesDoesNotWearValuesDown) {
  start_images();
  session_.must("INSERT INTO images (id, visibility) VALUES (1, 'community'), (2, 'private'), (3, 'shared')");
  const std::string before = value("SELECT string_agg(visibility, ' ' ORDER BY id) FROM images");
  const auto backfill = postgres::render_backfill({images_group().table, {images_group()}}, images_schema());
  for (int round = 0; round < 3; ++round) {
    session_.must(backfill.single_update);                     // with the triggers
    session_.must("UPDATE images SET is_public = is_public");  // a write that changes nothing
    session_.must("UPDATE images SET is_public = 0");          // what the row says already
    session_.must("UPDATE images SET is_public = 0, visibility = visibility");
  }
  EXPECT_EQ(value("SELECT string_agg(visibility, ' ' ORDER BY id) FROM images"), before);
}

}  // namespace
}  // namespace emcee::postgres_test
