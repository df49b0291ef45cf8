/* test_hadnet_run_folder.c - the folder of a run: created, refused, reopened. */
#include "hadnet/training/run_folder.h"

#include "hadnet/command_line/interrupt.h"
#include "hadnet/reports/csv.h"
#include "tests/leftovers.h"
#include "tests/test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const names[] = { "epoch", "loss", "miou" };

static void touch(const RunFolder *folder, const char *name) {
    char path[RUN_PATH_MAX];
    FILE *file = fopen(run_folder_file(folder, name, path), "w");
    if (file) fclose(file);
}

TEST(run_folder_is_made_with_parents_and_kept_from_others) {
    RunFolder folder, again;
    Error error;
    char path[256], expected[RUN_PATH_MAX + 64];
    struct stat status;
    snprintf(path, sizeof path, "%s/a/b//c/", test_folder());
    CHECK(run_folder_create(&folder, path, &error));
    CHECK(folder.path[strlen(folder.path) - 1] == 'c');
    CHECK(stat(folder.path, &status) == 0 && S_ISDIR(status.st_mode));
    touch(&folder, "notes.txt"); /* no run's */
    run_folder_close(&folder);
    CHECK(run_folder_create(&again, path, &error));
    run_folder_close(&again);
    CHECK(!run_folder_open(&again, path, &error));
    CHECK(strstr(error.text, "holds no run to resume: settings.txt is missing"));
    touch(&folder, "settings.txt");
    CHECK(!run_folder_create(&again, path, &error));
    snprintf(expected, sizeof expected, "%s already holds a run (settings.txt)", folder.path);
    CHECK(!strncmp(error.text, expected, strlen(expected)));
    CHECK(strstr(error.text, "saved nothing"));
    CHECK(!run_folder_open(&again, path, &error));
    CHECK(strstr(error.text, "resume.safetensors is missing"));
    touch(&folder, "resume.safetensors");
    CHECK(!run_folder_create(&again, path, &error));
    CHECK(!strncmp(error.text, expected, strlen(expected)) && strstr(error.text, "--resume"));
    CHECK(run_folder_open(&again, path, &error));
    CHECK(!strcmp(again.path, folder.path));
    run_folder_close(&again);
}

/* A folder is recognised by its files' names, whoever wrote them. */
TEST(run_folder_holds_no_file_that_a_run_would_replace) {
    const char *const files[] = { "split.txt",  "best.safetensors", "resume.safetensors",
                                  "curves.png", "overlays.png",     "report.html",
                                  "afss.csv" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        RunFolder folder, again;
        Error error;
        char path[256], expected[64];
        test_case("%s", files[i]);
        snprintf(path, sizeof path, "%s/%zu", test_folder(), i);
        CHECK(run_folder_create(&folder, path, &error));
        run_folder_close(&folder);
        touch(&folder, files[i]);
        snprintf(expected, sizeof expected, "is no run's folder and holds a file %s,", files[i]);
        CHECK(!run_folder_create(&again, path, &error));
        CHECK(strstr(error.text, expected));
    }
}

TEST(run_folder_has_one_writer) {
    RunFolder folder, again;
    Error error;
    const char *path = test_folder();
    CHECK(run_folder_create(&folder, path, &error));
    CHECK(!run_folder_create(&again, path, &error));
    CHECK(strstr(error.text, "another process is writing this run"));
    touch(&folder, "settings.txt");
    touch(&folder, "resume.safetensors");
    CHECK(!run_folder_open(&again, path, &error));
    CHECK(strstr(error.text, "another process is writing this run"));
    run_folder_close(&folder);
    CHECK(run_folder_open(&again, path, &error));
    CHECK(!run_folder_open(&folder, path, &error));
    run_folder_close(&again);
    CHECK(run_folder_open(&folder, path, &error));
    run_folder_close(&folder);
}

TEST(run_folder_has_room_for_what_the_disk_has) {
    RunFolder folder;
    Error error;
    char path[256];
    struct stat status;
    snprintf(path, sizeof path, "%s/run", test_folder());
    CHECK(run_folder_create(&folder, path, &error));
    CHECK(run_folder_has_room(&folder, 1, &error));
    CHECK(!run_folder_has_room(&folder, (uint64_t)1 << 60, &error));
    CHECK(strstr(error.text, "MB free; the run writes up to 1152921504611.0 MB"));
    CHECK(stat(path, &status) != 0); /* nothing was in it */
    run_folder_close(&folder);
    CHECK(mkdir(path, 0777) == 0 && run_folder_create(&folder, path, &error));
    CHECK(!run_folder_has_room(&folder, (uint64_t)1 << 60, &error));
    CHECK(stat(path, &status) == 0); /* it was there before the run */
    run_folder_close(&folder);
}

TEST(run_folder_open_removes_what_a_killed_run_left) {
    RunFolder folder;
    Error error;
    char path[RUN_PATH_MAX];
    const char *run = test_folder();
    CHECK(run_folder_create(&folder, run, &error));
    const char *const names[] = {
        "settings.txt",         "resume.safetensors",          "theirs.new",
        "metrics.csv.mine.new", "last.safetensors.4711-1.new", "curves.png.1-12.new"
    };
    for (int i = 0; i < 6; i++) touch(&folder, names[i]);
    run_folder_close(&folder);
    CHECK(run_folder_open(&folder, run, &error));
    for (int i = 0; i < 6; i++)
        CHECK((access(run_folder_file(&folder, names[i], path), F_OK) == 0) == (i < 4));
    run_folder_close(&folder);
}

TEST(run_folder_refuses_what_is_no_folder) {
    RunFolder folder;
    Error error;
    char path[256], long_path[5000];
    snprintf(path, sizeof path, "%s/file", test_folder());
    FILE *file = fopen(path, "w");
    fclose(file);
    CHECK(!run_folder_create(&folder, path, &error));
    CHECK(strstr(error.text, "a file has this name"));
    strcat(path, "/below");
    CHECK(!run_folder_create(&folder, path, &error));
    CHECK(strstr(error.text, "a file has this name"));
    CHECK(!run_folder_open(&folder, path, &error));
    CHECK(strstr(error.text, "no such folder"));
    CHECK(!run_folder_create(&folder, "", &error));
    CHECK(!run_folder_create(&folder, "/proc/run", &error));
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    CHECK(!run_folder_create(&folder, long_path, &error));
    CHECK(!run_folder_create_next(&folder, long_path, &error));
    CHECK(strstr(error.text, "a name of 4999 bytes"));
    CHECK(!make_folders(long_path, &error));
    CHECK(strstr(error.text, "a folder's name has 4999 bytes, expected 1 to 4095"));
    CHECK(!make_folders("", &error));
}

/* The error is mkdir's, and not that of a later check ("No such file"). */
TEST(make_folders_says_why_a_folder_cannot_be_made) {
    Error error;
    char link[256];
    snprintf(link, sizeof link, "%s/link", test_folder());
    CHECK(symlink("nothing", link) == 0 && !make_folders(link, &error));
    CHECK(strstr(error.text, "link: a file has this name"));
}

TEST(run_folder_next_takes_the_first_free_name) {
    RunFolder folder;
    char base[256], third[300];
    snprintf(base, sizeof base, "%s/runs/synth", test_folder());
    for (int i = 0; i < 3; i++) {
        CHECK(run_folder_create_next(&folder, base, NULL)); /* even where nothing lies in it yet */
        run_folder_close(&folder);
    }
    snprintf(third, sizeof third, "%s-3", base);
    CHECK(!strcmp(folder.path, third));
}

static bool append(const RunFolder *folder, double epoch, double loss, double miou) {
    const double row[] = { epoch, loss, miou };
    return run_folder_append(folder, 3, names, row, NULL);
}

TEST(run_folder_rows_read_back_and_rewind) {
    RunFolder folder;
    Error error;
    Csv table;
    char path[RUN_PATH_MAX], text[256];
    CHECK(run_folder_create(&folder, test_folder(), &error));
    CHECK(run_folder_rewind(&folder, 0, &error)); /* nothing there yet */
    CHECK(append(&folder, 1, 0.1 + 0.2, NAN) && append(&folder, 2, 1e-300, 0.5));
    CHECK(append(&folder, 3, -1.0 / 3, 0.625) && append(&folder, 4, 7, 0.7));
    run_folder_file(&folder, "metrics.csv", path);
    CHECK(csv_read(path, &table, &error));
    CHECK(table.rows == 4 && table.columns == 3 && csv_column(&table, "miou") == 2);
    CHECK(csv_column(&table, "mio") == -1);
    CHECK(table.cells[1] == 0.1 + 0.2 && isnan(table.cells[2]) && table.cells[7] == -1.0 / 3);
    csv_free(&table);
    CHECK(run_folder_rewind(&folder, 2, &error));
    CHECK(append(&folder, 3, 8, 0.8));
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    CHECK(!strcmp(text, "epoch,loss,miou\n1,0.30000000000000004,\n2,1e-300,0.5\n3,8,0.8\n"));
}

TEST(run_folder_refuses_rows_that_do_not_fit) {
    RunFolder folder;
    Error error;
    const char *const other[] = { "epoch", "loss", "accuracy" };
    const double row[] = { 1, 2, 3 };
    CHECK(run_folder_create(&folder, test_folder(), &error));
    CHECK(append(&folder, 1, 2, 3));
    CHECK(!run_folder_append(&folder, 3, other, row, &error));
    CHECK(strstr(error.text, "metrics.csv: column 3 is miou, expected accuracy"));
    CHECK(!run_folder_append(&folder, 2, names, row, &error));
    CHECK(strstr(error.text, "metrics.csv: the table has 3 columns, expected 2"));
}

TEST(csv_refuses_damage_and_takes_carriage_returns) {
    const char *const cases[][2] = {
        { "", "no header row" },
        { "a,b\n1,2\n3\n", "line 3: 1 cells, the header has 2" },
        { "a,b\n1,2,3\n", "line 2: 3 cells, the header has 2" },
        { "a,b\r\n1,x\r\n", NULL },
        { "a,b", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Csv table;
        Error error = { "" };
        char path[256];
        test_case("csv_refuses_damage_and_takes_carriage_returns: %zu", i);
        snprintf(path, sizeof path, "%s/t.csv", test_folder());
        FILE *file = fopen(path, "w");
        fputs(cases[i][0], file);
        fclose(file);
        CHECK(csv_read(path, &table, &error) == !cases[i][1]);
        if (cases[i][1]) CHECK(strstr(error.text, cases[i][1]));
        if (!cases[i][1]) CHECK(table.columns == 2 && !strcmp(table.names[1], "b"));
        if (table.rows) CHECK(table.cells[0] == 1 && isnan(table.cells[1]));
        csv_free(&table);
    }
}

TEST(csv_of_too_many_columns_is_refused) {
    Csv table;
    Error error;
    char path[256];
    snprintf(path, sizeof path, "%s/t.csv", test_folder());
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 100000; i++) fputs("x,", file);
    fclose(file);
    CHECK(!csv_read(path, &table, &error));
    CHECK(strstr(error.text, "line 1: more than 64 cells"));
}

TEST(run_folder_keeps_the_table_when_the_disk_is_full) {
    RunFolder folder;
    Error error;
    char path[RUN_PATH_MAX];
    const double row[] = { 2, 2, 2 };
    Csv table;
    CHECK(run_folder_create(&folder, test_folder(), &error));
    CHECK(append(&folder, 1, 2, 3));
    const struct rlimit usual = file_size_limit(20);
    CHECK(!run_folder_append(&folder, 3, names, row, &error));
    file_size_limit_restore(usual);
    CHECK(strstr(error.text, "metrics.csv: cannot write: File too large"));
    CHECK(leftovers_beside(run_folder_file(&folder, "metrics.csv", path)) == 0);
    CHECK(csv_read(run_folder_file(&folder, "metrics.csv", path), &table, &error));
    CHECK(table.rows == 1);
    csv_free(&table);
}

/* The second signal ends the process: tried in a child. */
TEST(interrupt_is_remembered_once_and_ends_the_second_time) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        interrupt_install();
        if (interrupt_requested()) _exit(1);
        raise(SIGINT);
        if (!interrupt_requested()) _exit(2);
        raise(SIGTERM);
        _exit(3);
    }
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    interrupt_install();
    raise(SIGTERM);
    CHECK(interrupt_requested());
    interrupt_remove();
    CHECK(!interrupt_requested());
}
