"""Which test runs which remedy: module and text of what is printed, as `places` reads them from the source."""

from __future__ import annotations

Printed = tuple[str, str]

BY_HAND = (
    "commands/test_registry_commands.py::"
    "test_an_alias_that_was_set_by_hand_is_said_fails_verification_and_is_accepted_openly"
)

BACKUP = (
    "serving/test_privacy.py::"
    "test_a_copy_of_the_database_is_made_beside_a_running_service_and_comes_back_without_who_was_erased"
)

MOVED = "migration/test_migrate.py"
DECIDED = "audit/test_commands.py::test_what_is_decided_in_a_table_is_trained_on_and_can_be_taken_back"
COLLECTED = "collection/test_commands.py"
DOCTOR = "housekeeping/doctor"

WATCHED = "serving/test_watch_commands.py"

RUN: dict[str, list[Printed]] = {
    "deploy/mlflow/test_model.py::test_a_model_without_a_bundle_is_refused": [
        ("assay/deploy/mlflow/model", "assay promote run=…"),
    ],
    "remedies/test_on_a_run.py::test_a_folder_without_runs_is_left_or_begun_in": [
        ("assay/housekeeping/report_page", "assay runs {}"),
        ("assay/housekeeping/report_page", "assay train"),
        ("assay/housekeeping/run_details", "training_command(overrides)"),
        ("assay/run/workspace", "assay train"),
        ("assay/program", "assay train"),
        ("assay/run/val_only", "training_command([*kept, 'evaluation=standard'])"),
    ],
    "remedies/test_on_a_run.py::test_a_note_says_which_command_opens_the_report": [
        ("assay/run/note", "assay report {}"),
    ],
    "remedies/test_on_a_run.py::test_where_nothing_was_promoted_a_run_and_a_bundle_are_asked": [
        ("assay/serving/origin", "assay promote run=RUN_ID gate=default"),
    ],
    "remedies/test_on_a_run.py::test_help_of_a_group_is_what_the_help_says": [
        ("assay/commands/help", "assay train --help GROUP"),
    ],
    "remedies/test_on_a_run.py::test_runs_of_a_multirun_are_read_by_the_command_that_is_named": [
        ("assay/commands/train", "assay compare"),
    ],
    "remedies/test_on_a_run.py::test_what_is_no_longer_what_was_measured_is_trained_again": [
        ("assay/deploy/export/bundle", "assay train …"),
    ],
    "remedies/test_on_a_run.py::test_a_run_that_was_interrupted_goes_on_as_it_is_said": [
        ("assay/run/announcement", "resume_command(run_id)"),
    ],
    "remedies/test_words.py::test_a_study_is_begun_where_there_is_none": [
        ("assay/studies/study_folder", "assay study"),
    ],
    "remedies/test_words.py::test_the_best_trials_of_a_sweep_are_trained_and_tested": [
        ("assay/sweep/words", "assay compare"),
        ("assay/sweep/words", "training_command(words)"),
    ],
    "remedies/test_words.py::test_a_champion_that_does_not_load_is_left_for_the_one_before": [
        ("assay/gate/champion_check", "assay rollback"),
    ],
    "remedies/test_words.py::test_a_watcher_that_never_looked_looks_once": [
        ("assay/housekeeping/doctor/checks/watcher", "assay watch"),
    ],
    "housekeeping/test_needed.py::test_the_registry_needs_the_run_of_every_version_and_its_history_what_it_speaks_of": [
        ("assay/housekeeping/needed", "assay history name={}"),
    ],
    "housekeeping/test_needed.py::test_a_study_needs_its_trainings_whether_it_lies_beside_the_runs_or_in_the_store": [
        ("assay/housekeeping/needed", "assay runs delete {}"),
    ],
    "models/test_checkpoint.py::test_a_checkpoint_that_cannot_be_gone_on_after_is_refused_with_what_to_remove": [
        ("assay/models/checkpoint", "rm -r {}"),
    ],
    "run/test_synthetic.py::test_what_does_not_pass_is_left_out_and_nothing_at_all_is_an_error": [
        ("assay/run/synthetic", "assay study study=synthetic_ab"),
    ],
    "tracking/test_names.py::test_the_only_model_needs_no_name_and_of_several_one_is_asked_for": [
        ("assay/tracking/names", "assay promote run=… gate=…"),
    ],
    "tracking/test_names.py::test_a_store_of_an_older_version_goes_on_and_says_so": [
        ("assay/tracking/names", "typed('tracking.experiment')"),
    ],
    "tracking/test_remedies.py::test_a_database_of_an_older_mlflow_is_brought_up_to_date_by_hand": [
        ("assay/tracking/remedy", "mlflow db upgrade {}"),
    ],
    "commands/test_decide.py::test_a_file_is_decided_without_a_store": [
        ("assay/studies/decision/recorded", "assay decide {}"),
    ],
    "config/test_compose.py::test_pictures_are_no_option": [
        ("assay/config/other_options", "typed('data.root')"),
        ("assay/config/other_options", "typed('data.path')"),
    ],
    "commands/test_bench.py::test_a_bundle_is_measured_and_recorded_in_its_run": [
        ("assay/evaluation/cost", "assay bench"),
    ],
    "registry/test_moved.py::test_runs_versions_and_history_are_the_same_in_postgresql_and_go_on_there": [
        ("assay/migration/part", "typed('tracking.uri')"),
    ],
    "registry/test_moved.py::test_a_history_that_lies_apart_goes_to_the_same_database": [
        ("assay/migration/part", "typed('registry.history')"),
    ],
    "registry/test_moved.py::test_what_stands_in_the_way_of_the_runs_is_named": [
        ("assay/migration/migrate", "assay history --verify"),
    ],
    "registry/test_moved.py::test_a_store_of_an_earlier_mlflow_is_brought_up_to_date_by_the_command_that_is_named": [
        ("assay/migration/owner", "assay runs {}"),
        ("assay/migration/owner", "typed('tracking.uri')"),
    ],
    f"{MOVED}::test_sweeps_and_service_move_value_for_value_and_the_files_stay": [
        ("assay/migration/part", "typed('hydra.sweeper.storage')"),
    ],
    f"{MOVED}::test_a_trail_that_does_not_hold_is_not_moved": [
        ("assay/migration/migrate", "assay audit"),
    ],
    f"{MOVED}::test_tables_of_an_earlier_version_are_brought_up_to_date_by_the_command_that_is_named": [
        ("assay/migration/owner", "assay keys"),
    ],
    f"{WATCHED}::test_an_alert_is_owned_queued_muted_and_resolved_each_with_a_line_of_the_trail": [
        ("assay/monitoring/alert", "assay watch"),
        ("assay/commands/watch", "assay watch"),
    ],
    f"{WATCHED}::test_an_alert_that_there_is_not_is_looked_for_as_the_message_says": [
        ("assay/monitoring/alerts", "assay watch"),
    ],
    f"{WATCHED}::test_a_look_without_a_reference_says_how_one_is_made": [
        ("assay/commands/show/watched", "assay watch"),
    ],
    "commands/test_watch.py::test_what_is_missing_is_made_by_the_command_that_the_error_names": [
        ("assay/deploy/export/profile", "assay watch"),
    ],
    "retraining/test_steps.py::test_without_a_champion_nothing_is_retrained_and_the_command_that_is_named_makes_one": [
        ("assay/retraining/workshop", "assay promote run=RUN_ID gate=default"),
    ],
    "retraining/test_collect_step.py::test_what_the_dataset_has_already_is_neither_queued_nor_collected_beside_it": [
        ("assay/retraining/step_settings", "assay collect"),
        ("assay/retraining/steps/collect", "assay collect source=… to=FOLDER"),
    ],
    "serving/test_review_labels.py::test_a_dry_run_says_what_would_be_in_a_set_and_the_set_is_that": [
        ("assay/monitoring/alert", "assay review"),
    ],
    "run/test_data_versions.py::test_two_versions_are_held_against_each_other": [
        ("assay/commands/data", "assay data"),
    ],
    DECIDED: [
        ("assay/audit/apply", "assay audit"),
        ("assay/commands/audit", "assay audit"),
        ("assay/run/decisions", "assay audit"),
        ("assay/audit/template", "assay audit"),
    ],
    f"{COLLECTED}::test_a_folder_that_is_no_collection_becomes_one": [
        ("assay/collection/ledger", "assay collect source=…"),
    ],
    f"{COLLECTED}::test_the_folder_is_trained_on_and_a_takedown_names_the_run_that_used_it": [
        ("assay/commands/collect", "assay train data=folder data.root=FOLDER:"),
    ],
    BACKUP: [
        ("assay/commands/backup", "assay backup restore=service-monday.db"),
        ("assay/commands/backup", "assay backup to=service-monday.db"),
        ("assay/store/backup", "assay privacy"),
    ],
    f"{DOCTOR}/test_service_checks.py::test_an_index_that_is_missing_is_named_and_made": [
        ("assay/housekeeping/doctor/diagnosis", "assay doctor --mend"),
    ],
    f"{DOCTOR}/test_service_checks.py::test_a_clock_that_differs_from_the_file_system_is_told": [
        ("assay/housekeeping/doctor/checks/clock", "assay doctor checks=[clock]"),
    ],
    f"{DOCTOR}/test_service_checks.py::test_an_owner_without_the_key_of_his_hmacs_gets_it_back_from_a_copy": [
        ("assay/housekeeping/doctor/checks/secrets", "assay backup restore=FILE"),
    ],
    f"{DOCTOR}/test_service_checks.py::test_an_erasure_that_did_not_end_is_finished_as_the_fix_says": [
        ("assay/housekeeping/doctor/checks/interrupted", "assay privacy"),
    ],
    f"{DOCTOR}/test_service_checks.py::test_a_database_on_a_network_drive_moves_by_the_commands_that_are_named": [
        ("assay/housekeeping/doctor/checks/shared_folder", "assay backup restore=service-copy.db store=FILE"),
        ("assay/housekeeping/doctor/checks/shared_folder", "assay backup to=service-copy.db"),
    ],
    f"{DOCTOR}/test_service_checks.py::test_what_belongs_to_another_user_is_closed_as_the_fix_says": [
        ("assay/housekeeping/doctor/checks/permissions", "chmod -R go= {}"),
    ],
    f"{DOCTOR}/test_machine_checks.py::test_a_full_disk_is_emptied_by_the_command_that_is_named": [
        ("assay/housekeeping/doctor/checks/disk", "assay clean older=7d --yes"),
    ],
    f"{DOCTOR}/test_machine_checks.py::test_what_nobody_used_for_long_is_told_when_it_is_much": [
        ("assay/housekeeping/doctor/checks/leftovers", "assay clean --yes"),
    ],
    f"{DOCTOR}/test_machine_checks.py::test_a_training_that_was_killed_is_named_with_how_it_goes_on": [
        ("assay/housekeeping/doctor/checks/interrupted", "assay runs status=killed"),
    ],
    f"{DOCTOR}/test_timers.py::test_retraining_is_called_for_by_the_command_that_is_named": [
        ("assay/housekeeping/doctor/checks/retraining", "assay retrain"),
        ("assay/housekeeping/doctor/request", "assay retrain"),
    ],
    f"{DOCTOR}/test_doctor.py::test_a_package_adds_a_check_and_one_that_falls_over_is_a_finding": [
        ("assay/housekeeping/doctor/health_check", "assay doctor checks=[{}]"),
    ],
    BY_HAND: [
        ("assay/commands/show/history", "assay history --accept reason=… by=…"),
        ("assay/deploy/mlflow/promoted", "assay history --verify"),
        ("assay/registry/recovery", "assay history --verify"),
        ("assay/registry/registry", "assay history --accept reason=… by=…"),
    ],
    "commands/test_report_and_ui.py::test_the_ui_serves_the_runs_of_the_store_and_ends_on_ctrl_c": [
        ("assay/commands/show/train", "assay ui"),
    ],
    "commands/test_fidelity.py::test_a_sample_of_what_was_measured_is_queued_as_the_command_says": [
        ("assay/commands/show/fidelity", "assay review"),
        ("assay/serving/review_samples", "assay fidelity"),
        ("assay/serving/sample_request", "assay fidelity"),
    ],
    "registry/test_tampering.py::test_an_alias_moved_through_mlflow_is_found_stops_promotions_and_is_brought_back": [
        ("assay/commands/show/history", "assay rollback to=VERSION reason=… by=…"),
        ("assay/registry/registry", "assay rollback to=VERSION reason=… by=…"),
    ],
    "serving/test_review_import.py::test_what_is_exported_is_read_again_cells_that_would_be_formulas_and_all": [
        ("assay/review/imports/table", "assay review"),
    ],
    "serving/test_review_labels.py::test_the_commands_that_messages_name_give_what_is_missing": [
        ("assay/config/reviewed", "assay review"),
        ("assay/review/labels/files", "assay review"),
        ("assay/run/reviewed", "assay review"),
        ("assay/serving/manage_labels", "assay review"),
    ],
    "serving/test_reviewers.py::test_who_is_not_there_is_refused_with_the_list": [
        ("assay/commands/review", "assay review"),
        ("assay/review/reviewers", "assay review"),
    ],
    "serving/test_review_samples.py::test_a_sample_is_reviewed_and_the_gate_reads_the_verdict_with_its_interval": [
        ("assay/gate/checks/synthetic_reviewed", "assay review"),
        ("assay/review/samples/queued", "assay review"),
        ("assay/synthetic/training/review", "assay review"),
    ],
    "remedies/test_config.py::test_text_that_is_taken_for_something_else_is_typed_as_the_message_says": [
        ("assay/config/compose", "typed(key)"),
    ],
    "remedies/test_data.py::test_a_class_in_one_split_is_held_out": [
        ("assay/data/splits", "typed('data.holdout_class')"),
    ],
    "remedies/test_data.py::test_a_folder_deeper": [
        ("assay/data/sources/layout", "typed('data.root')"),
    ],
    "remedies/test_data.py::test_the_order_of_grades": [
        ("assay/data/build", "typed('data.classes')"),
    ],
    "remedies/test_runs.py::test_a_bundle_is_made_where_there_was_none": [
        ("assay/serving/origin", "assay export run=ID output=FOLDER"),
        ("assay/deploy/benchmark/bench", "assay export run=…"),
    ],
    "remedies/test_runs.py::test_a_comparison_needs_two_runs": [
        ("assay/commands/compare", "assay compare RUN RUN …"),
    ],
    "remedies/test_runs.py::test_a_run_whose_division_is_kept_is_listed": [("assay/config/division", "assay runs")],
    "remedies/test_runs.py::test_a_list_of_runs_is_shown_where_a_report_is_missing": [
        ("assay/housekeeping/report_page", "assay runs"),
    ],
    "remedies/test_runs.py::test_a_run_is_deleted_by_the_command_that_is_printed": [
        ("assay/commands/runs", "assay runs delete"),
        ("assay/commands/runs", "assay runs {} RUN …"),
        ("assay/commands/runs", "assay runs delete RUN … --yes"),
    ],
    "remedies/test_runs.py::test_a_shell_allows_more_open_files": [
        ("assay/failures", "ulimit -n 4096"),
    ],
    "remedies/test_runs.py::test_a_shell_gets_its_completion": [
        ("assay/cli", "assay completion bash"),
        ("assay/commands/completion", "assay completion bash {}"),
        ("assay/commands/reference", "assay completion bash"),
    ],
    "remedies/test_runs.py::test_what_makes_room_is_listed": [
        ("assay/failures", "assay clean"),
        ("assay/mirror/mirrors", "assay clean"),
        ("assay/run/room", "assay clean"),
    ],
    "run/test_train.py::test_a_run_killed_in_an_epoch_and_resumed_ends_as_if_nothing_had_happened": [
        ("assay/run/announcement", "training_command([f'resume={run_id}', *places()])"),
        ("assay/housekeeping/doctor/checks/interrupted", "assay train resume={}"),
    ],
    "retraining/test_audit_step.py::test_what_is_new_fails_and_its_labels_stay_new_until_a_person_allows_it": [
        ("assay/retraining/steps/audit", "assay retrain"),
    ],
    "run/test_train.py::test_the_end_of_a_training_says_commands_that_work": [
        ("assay/commands/show/train", "assay promote run={} gate=default{}{}"),
        ("assay/commands/show/train", "assay compare {} OTHER_RUN"),
    ],
    "test_cli.py::test_every_command_explains_itself": [
        ("assay/cli", "assay train --help"),
        ("assay/commands/help", "assay train --help"),
    ],
    "database/test_url.py::test_what_it_says_to_type_is_taken": [
        ("assay/database/url", "typed(key)"),
    ],
    "tracking/test_mlflow_variables.py::test_variables_that_are_not_followed_are_said_with_what_goes_by_them": [
        ("assay/tracking/mlflow_variables", "typed('tracking.experiment')"),
        ("assay/tracking/mlflow_variables", "typed('tracking.uri')"),
    ],
    "tracking/test_remedies.py::test_a_deleted_experiment_comes_back": [
        ("assay/tracking/remedy", "mlflow experiments restore -x {}"),
    ],
    "tracking/test_remedies.py::test_a_deleted_run_comes_back": [
        ("assay/tracking/remedy", "mlflow runs restore --run-id {}"),
    ],
    "serving/test_classify.py::test_a_file_of_results_goes_on_where_it_was_ended": [
        ("assay/commands/classify", "assay classify"),
        ("assay/commands/classify", "assay classify {}"),
        ("assay/serving/results_file", "assay classify"),
        ("assay/serving/settings", "assay classify"),
    ],
    "serving/test_privacy.py::test_a_hold_is_placed_stops_an_erasure_and_is_ended": [
        ("assay/store/erase", "assay privacy"),
    ],
    "serving/test_privacy.py::test_retention_counts_and_deletes_and_prints_the_limits": [
        ("assay/serving/settings", "assay privacy"),
        ("assay/store/subjects", "assay privacy"),
    ],
    "serving/test_commands.py::test_a_key_is_made_listed_rotated_and_revoked": [
        ("assay/commands/keys", "assay keys"),
        ("assay/commands/privacy", "assay keys"),
        ("assay/commands/serve", "assay keys"),
        ("assay/serving/refusal", "assay keys"),
        ("assay/store/keys", "assay keys"),
    ],
    "serving/test_commands.py::test_a_service_answers_says_that_it_ends_and_ends": [
        ("assay/housekeeping/doctor/checks/disk", "assay serve"),
        ("assay/housekeeping/doctor/checks/service_address", "assay serve"),
        ("assay/housekeeping/doctor/request", "assay serve"),
        ("assay/migration/request", "assay serve"),
        ("assay/serving/backup_request", "assay serve"),
        ("assay/serving/classify_request", "assay serve"),
        ("assay/serving/keys_request", "assay serve"),
        ("assay/commands/experiment", "assay serve"),
        ("assay/commands/privacy", "assay serve"),
        ("assay/serving/experiment_report/state", "assay serve"),
        ("assay/serving/places", "assay serve"),
        ("assay/serving/privacy_request", "assay serve"),
        ("assay/serving/review_request", "assay serve"),
        ("assay/serving/serve", "assay serve"),
        ("assay/retraining/request", "assay serve"),
    ],
    "retraining/test_commands.py::test_a_run_that_is_not_there_is_said_and_where_they_are": [
        ("assay/commands/show/retrain", "assay retrain"),
        ("assay/retraining/once", "assay retrain"),
        ("assay/retraining/rows", "assay retrain"),
    ],
}
"""Test below `tests/` -> the commands, or calls that make one, that it types."""

NOT_RUN: dict[str, list[Printed]] = {
    "a note of the help on what MLflow can do besides, no remedy": [
        ("assay/commands/runs", "mlflow gc --backend-store-uri URI --run-ids ID"),
    ],
    "a program that holds a sweep has no command line that a test could take": [
        ("assay/sweep/worker_processes", "assay train -m …"),
    ],
    "names the command that reads a group; an example, no remedy": [
        ("assay/config/help", "assay explain"),
    ],
    "packages come from the network, where tests have none": [
        ("assay/audit/finders/label", "install_command('audit')"),
        ("assay/config/extras", "install_command(extra)"),
        ("assay/config/extras", "pip install"),
        ("assay/config/families", "pip install {}"),
        ("assay/data/sources/elpv", "install_command('elpv')"),
        ("assay/database/engine", "install_command('postgresql')"),
        ("assay/database/engine", "pip install"),
        ("assay/housekeeping/doctor/checks/versions", "pip install"),
        ("assay/models/plugin_backbone", "pip install {}"),
        ("assay/models/packaged", "pip install {}"),
        ("assay/serving/ray_adapter", "install_command('ray')"),
        ("assay/serving/ray_adapter", "pip install"),
    ],
    "typed by the script of a shell, not by a person": [
        ("assay/commands/completion", "assay completion --line"),
    ],
}
"""Why no test types it -> commands, or calls that make one."""

RUN_SETTINGS: dict[str, list[Printed]] = {
    "run/test_rehearsal.py::test_a_calibration_that_these_classes_cannot_have_is_refused_before_the_run": [
        ("assay/postprocess/calibration/false_alarms", "calibration=auto"),
    ],
    "remedies/test_words.py::test_a_command_takes_the_one_thing_that_it_asks_for": [
        ("assay/commands/bench", "bundle=FOLDER"),
        ("assay/commands/bench", "run=RUN_ID"),
        ("assay/commands/classify", "batch=DIR"),
        ("assay/commands/promote", "gate=NAME"),
        ("assay/commands/promote", "run=ID"),
    ],
    "remedies/test_words.py::test_seeds_and_folds_of_a_study_are_named_as_its_own": [
        ("assay/commands/study", "study.folds=5"),
    ],
    "remedies/test_words.py::test_a_variant_is_a_list_as_it_is_shown": [
        ("assay/studies/study/plan", "sampler=weighted]"),
    ],
    "remedies/test_words.py::test_a_sweep_varies_what_is_shown": [
        ("assay/sweep/search_space", "data.image_size=range"),
        ("assay/sweep/search_space", "model=choice"),
        ("assay/sweep/search_space", "optimizer.lr=tag"),
    ],
    "remedies/test_words.py::test_a_sweep_of_several_metrics_has_the_sampler_and_the_pruner_that_are_named": [
        ("assay/sweep/settings", "pruner=none"),
        ("assay/sweep/settings", "sampler=nsga2"),
    ],
    "remedies/test_words.py::test_a_service_is_for_this_machine_or_behind_the_proxy_that_is_named": [
        ("assay/serving/settings", "host=127.0.0.1"),
        ("assay/serving/settings", "proxy=10.0.0.2"),
    ],
    "remedies/test_words.py::test_completion_of_hydra_is_asked_for_as_the_message_says": [
        ("assay/config/hydra_flags", "install=SHELL"),
        ("assay/config/hydra_flags", "uninstall=SHELL"),
    ],
    "remedies/test_words.py::test_weights_from_elsewhere_are_named_beside_an_architecture": [
        ("assay/models/preflight", "model.name=resnet50"),
    ],
    "remedies/test_words.py::test_the_small_network_has_no_weights_but_random_ones": [
        ("assay/models/backbone", "model.weights=none"),
    ],
    "remedies/test_words.py::test_weights_of_another_architecture_are_taken_under_its_name": [
        ("assay/models/weights", "model=timm"),
    ],
    "remedies/test_words.py::test_boxes_are_cut_from_pictures_and_embeddings_are_mixed": [
        ("assay/augment/mixing/cutmix", "aug=mixup"),
        ("assay/augment/mixing/cutmix", "finetune=two_stage"),
    ],
    "remedies/test_words.py::test_nothing_is_calibrated_where_there_are_no_images": [
        ("assay/postprocess/calibration/calibrator", "calibration=none"),
    ],
    "remedies/test_words.py::test_pictures_without_statistics_have_no_quick_checks": [
        ("assay/postprocess/ood/quick_checks", "ood.checks=null"),
    ],
    "remedies/test_words.py::test_the_predicted_class_is_explained_where_the_true_one_is_not_known": [
        ("assay/explain/cases", "target=predicted"),
    ],
    "remedies/test_on_a_run.py::test_a_folder_without_runs_is_left_or_begun_in": [
        ("assay/run/workspace", "tracking.uri=sqlite:///FILE"),
        ("assay/run/workspace", "tracking=server"),
    ],
    "remedies/test_on_a_run.py::test_where_nothing_was_promoted_a_run_and_a_bundle_are_asked": [
        ("assay/serving/origin", "gate=default"),
        ("assay/serving/origin", "model=RUN_ID"),
        ("assay/serving/origin", "output=FOLDER"),
        ("assay/serving/origin", "run=ID"),
        ("assay/serving/origin", "run=RUN_ID"),
    ],
    "remedies/test_on_a_run.py::test_an_experiment_is_named_as_the_message_says": [
        ("assay/tracking/connection", "tracking.experiment=NAME"),
    ],
    "embeddings/test_store.py::test_a_folder_that_cannot_be_written_is_said": [
        ("assay/embeddings/shard_writer", "cache=DIR"),
    ],
    "embeddings/test_runtime.py::test_insisting_on_onnx_says_why_it_does_not_work": [
        ("assay/embeddings/runtime", "backend=auto"),
        ("assay/embeddings/runtime", "backend=eager"),
    ],
    "commands/test_compare.py::test_other_test_sets_are_refused_and_counted": [
        ("assay/comparison/align", "common=true"),
    ],
    "run/test_synthetic.py::test_what_does_not_pass_is_left_out_and_nothing_at_all_is_an_error": [
        ("assay/run/synthetic", "data.synthetic_screen=false"),
        ("assay/run/synthetic", "study=synthetic_ab"),
    ],
    "run/test_synthetic.py::test_a_study_with_arms_for_each_generator_needs_generated_images": [
        ("assay/studies/study/synthetic", "data.synthetic=DIR"),
    ],
    "run/test_rehearsal.py::test_generators_are_measured_where_the_data_that_is_named_has_them": [
        ("assay/run/generators", "data=exposr"),
    ],
    "data/test_splits.py::test_a_fold_and_their_number_are_typed_together": [
        ("assay/data/splits", "data.fold=0"),
        ("assay/data/splits", "data.folds=5"),
    ],
    "commands/test_exposr.py::test_the_experiment_that_is_named_measures_per_generator": [
        ("assay/studies/left_out/study", "experiment=exposr"),
    ],
    "synthetic/fidelity/test_extractor.py::test_inception_without_a_network_says_what_to_do": [
        ("assay/synthetic/fidelity/inception", "fidelity.extractor=tf_efficientnet_lite0"),
    ],
    "sweep/jobs/test_multirun.py::test_a_process_that_dies_takes_no_other_with_it": [
        ("hydra_plugins/assay_launcher/joblib_launcher", "launcher=submitit_local"),
    ],
    "data/copies/test_only_alike.py::test_a_class_of_pictures_that_look_alike_is_refused_and_the_way_out_is_taken": [
        ("assay/data/splits", "data.copies=pixels"),
    ],
    "config/test_compose.py::test_pictures_are_no_option": [
        ("assay/config/other_options", "data=folder"),
        ("assay/config/other_options", "data=table"),
    ],
    "commands/test_embed.py::test_what_was_named_as_a_way_out_is_one": [
        ("assay/run/embed", "launcher=local"),
        ("assay/run/embed_elsewhere", "cache=DIR"),
        ("assay/embeddings/claims", "cache=DIR"),
    ],
    "cards/test_write_card.py::test_what_a_person_says_closes_its_places_and_a_card_that_is_there_is_kept": [
        ("assay/cards/write_card", "overwrite=true"),
    ],
    "models/test_adapters.py::test_a_network_without_attention_is_refused_and_the_way_that_is_named_is_taken": [
        ("assay/models/adapters", "finetune=two_stage"),
    ],
    "models/test_solved_heads.py::test_a_class_of_one_group_has_no_strength_but_a_given_one": [
        ("assay/models/logistic_head", "head.strength=0.01"),
    ],
    "run/test_pseudo_generators.py::test_what_the_messages_ask_for_is_taken": [
        ("assay/config/check", "aug=delivery"),
        ("assay/run/delivery", "data=exposr"),
        ("assay/run/pseudo_generators", "data=exposr"),
        ("assay/run/training_images", "data.synthetic=null"),
    ],
    "models/test_progressive.py::test_pictures_are_not_scaled_down_where_that_would_show_and_the_remedy_is_taken": [
        ("assay/config/check", "trainer.preresize=null"),
    ],
    "models/test_progressive.py::test_a_network_of_one_size_is_refused_before_the_run_and_the_remedy_works": [
        ("assay/run/rehearsal", "trainer.progressive=null"),
    ],
    "run/test_ensemble.py::test_what_the_refusals_name_instead_is_taken": [
        ("assay/config/check", "finetune=none"),
        ("assay/config/check", "model=ensemble"),
        ("assay/config/tta", "evaluation.tta=null"),
    ],
    "run/test_ensemble.py::test_a_member_that_is_asked_with_views_is_not_asked_with_views_of_views": [
        ("assay/run/ensemble", "evaluation.tta=null"),
    ],
    "models/test_ensemble.py::test_no_map_is_made_of_several_backbones": [
        ("assay/models/ensemble", "explain=integrated_gradients"),
        ("assay/models/ensemble", "explain=saliency"),
    ],
    "retraining/test_collect_step.py::test_what_the_dataset_has_already_is_neither_queued_nor_collected_beside_it": [
        ("assay/retraining/steps/collect", "to=FOLDER"),
    ],
    f"{WATCHED}::test_an_alert_that_there_is_not_is_looked_for_as_the_message_says": [
        ("assay/monitoring/alerts", "all=true"),
    ],
    "monitoring/alarms/test_plan.py::test_a_plan_that_alarms_at_every_look_is_refused_and_the_named_span_works": [
        ("assay/monitoring/alarms/plan", "every=1d"),
    ],
    "monitoring/test_window.py::test_a_span_is_a_number_and_a_unit": [
        ("assay/monitoring/bounds", "window=7d"),
    ],
    "audit/test_commands.py::test_a_manifest_can_be_audited_and_never_is_written_over": [
        ("assay/audit/template", "by=NAME"),
    ],
    "audit/test_looking.py::test_a_table_that_was_filled_in_is_not_written_over_before_it_is_taken": [
        ("assay/audit/template", "output=DIR"),
    ],
    "audit/test_looking.py::test_copies_across_splits_are_mended_in_a_new_manifest_and_the_audit_finds_none_any_more": [
        ("assay/commands/audit", "data.path=FILE"),
        ("assay/commands/audit", "data=table"),
        ("assay/commands/audit", "fix=groups"),
    ],
    f"{COLLECTED}::test_a_source_whose_terms_forbid_training_is_looked_at_as_the_message_says": [
        ("assay/collection/fetching", "use=display"),
    ],
    "collection/test_importing.py::test_whose_licence_nobody_has_stated_is_refused_with_what_to_type": [
        ("assay/collection/importers/importing", "evidence=own"),
        ("assay/collection/importers/importing", "license=CC0-1.0"),
    ],
    f"{COLLECTED}::test_whoever_gives_no_contact_types_what_the_message_says": [
        ("assay/collection/contact", "contact=me@example.org"),
    ],
    f"{MOVED}::test_a_url_with_options_takes_each_part_alone": [
        ("assay/migration/part", "only=service"),
        ("assay/migration/part", "only=studies"),
        ("assay/migration/part", "only=tracking"),
    ],
    f"{MOVED}::test_what_cannot_be_moved_says_why": [
        ("assay/migration/part", "to=postgresql://USER@HOST/DATABASE"),
    ],
    BACKUP: [
        ("assay/commands/backup", "restore=service-monday.db"),
        ("assay/commands/backup", "to=service-monday.db"),
    ],
    "serving/test_privacy.py::test_retention_counts_and_deletes_and_prints_the_limits": [
        ("assay/store/erase", "apply=true"),
    ],
    "commands/test_fidelity.py::test_a_sample_of_what_was_measured_is_queued_as_the_command_says": [
        ("assay/serving/review_samples", "run=RUN"),
        ("assay/serving/review_samples", "synthetic=DIR"),
    ],
    "serving/test_review_samples.py::test_a_sample_is_reviewed_and_the_gate_reads_the_verdict_with_its_interval": [
        ("assay/synthetic/training/review", "batch=NAME"),
    ],
    "remedies/test_config.py::test_what_the_message_asks_to_type_is_accepted": [
        ("assay/config/imbalance", "head=cosine"),
        ("assay/config/check", "aug=denoise"),
        ("assay/config/check", "aug=mixup"),
        ("assay/config/check", "aug=mixup_cutmix"),
        ("assay/config/check", "aug=robust"),
        ("assay/config/check", "aug=standard"),
        ("assay/config/solved_head", "aug=standard"),
        ("assay/config/solved_head", "finetune=head_only"),
        ("assay/config/solved_head", "loss=cross_entropy"),
        ("assay/config/solved_head", "sampler=weighted"),
        ("assay/config/check", "data.fold=0"),
        ("assay/config/check", "data.folds=5"),
        ("assay/config/check", "data.resize=crop"),
        ("assay/config/check", "finetune=full"),
        ("assay/config/check", "finetune=two_stage"),
        ("assay/config/imbalance", "sampler=sqrt"),
        ("assay/config/reject", "calibration=auto"),
        ("assay/config/reject", "reject=coverage"),
    ],
    "remedies/test_data.py::test_labels_that_are_nearly_equal_are_joined": [
        ("assay/data/labels", "data.merge_labels=true"),
    ],
    "remedies/test_runs.py::test_a_bundle_is_made_where_there_was_none": [],
    "run/test_rehearsal.py::test_what_cannot_go_through_is_refused_before_the_run_and_the_remedy_works": [
        ("assay/run/rehearsal", "trainer.batch_size=2"),
    ],
    "run/test_rehearsal.py::test_a_gpu_that_is_not_there_is_refused_before_the_run_and_the_remedy_works": [
        ("assay/run/rehearsal", "trainer.accelerator=auto"),
        ("assay/run/rehearsal", "trainer.devices=auto"),
    ],
    "serving/test_classify.py::test_a_name_with_an_equals_sign_goes_behind_image": [
        ("assay/commands/classify", "image=FILE"),
    ],
    "serving/test_commands.py::test_a_key_is_made_listed_rotated_and_revoked": [
        ("assay/commands/keys", "name=phone"),
    ],
    "serving/test_review_queue.py::test_what_a_refusal_names_is_typed_and_queues": [
        ("assay/serving/manage_queue", "batch=samples"),
        ("assay/serving/manage_queue", "form=heat_map"),
    ],
    "serving/test_review_labels.py::test_the_commands_that_messages_name_give_what_is_missing": [
        ("assay/config/reviewed", "to=FOLDER"),
    ],
    "serving/test_commands.py::test_a_service_answers_says_that_it_ends_and_ends": [
        ("assay/serving/origin", "model=FOLDER"),
    ],
    "serving/test_experiment.py::test_the_settings_that_the_message_names_make_it_an_experiment": [
        ("assay/serving/settings", "challenger=MODEL"),
        ("assay/serving/settings", "shadow=MODEL"),
    ],
    "retraining/test_steps.py::test_without_a_champion_nothing_is_retrained_and_the_command_that_is_named_makes_one": [
        ("assay/retraining/workshop", "run=RUN_ID"),
        ("assay/retraining/workshop", "gate=default"),
    ],
    "postprocess/ood/test_ensemble.py::"
    "test_two_classes_are_too_few_to_leave_one_out_and_what_the_error_names_is_an_option": [
        ("assay/postprocess/ood/left_out_classes", "detector=auto"),
        ("assay/postprocess/ood/left_out_classes", "detector=mahalanobis"),
    ],
    "retraining/test_commands.py::test_quiet_hours_as_the_refusal_writes_them_are_taken": [
        ("assay/retraining/quiet", "quiet=08:00-18:00"),
    ],
}
"""Test below `tests/` -> the settings that an error asks for, and it types."""

NOT_RUN_SETTINGS: dict[str, list[Printed]] = {
    "names what is wrong, or what the message is about; the remedy stands behind it": [
        ("assay/config/check", "model.weights=none"),
        ("assay/config/imbalance", "finetune.views=0"),
        ("assay/config/imbalance", "model.weights=none"),
        ("assay/config/reject", "calibration.keep_answers=false"),
        ("assay/data/build", "data.ordered=true"),
        ("assay/sweep/settings", "sampler=cmaes"),
        ("assay/sweep/settings", "sampler=grid"),
        ("assay/sweep/study", "sampler=grid"),
        ("assay/postprocess/ood/methods", "detector=auto"),
        ("hydra_plugins/assay_launcher/joblib_launcher", "launcher=joblib"),
        ("hydra_plugins/assay_launcher/submitit_launcher", "launcher=submitit_slurm"),
        ("assay/run/val_only", "evaluation=val"),
    ],
    "weights that torch-fidelity publishes and no package brings": [
        ("assay/synthetic/fidelity/inception", "fidelity.weights=FILE"),
    ],
}
"""Why no test types it -> settings."""
