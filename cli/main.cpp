#include "cli/command_line.h"

int main(int argc, char** argv) { return emcee::cli::run(std::vector<std::string>(argv + (argc > 0), argv + argc)); }
