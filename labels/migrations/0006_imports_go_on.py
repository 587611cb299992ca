from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labels", "0005_rules_at_work")]

    operations = [
        migrations.RemoveField(model_name="jobpart", name="lines"),
        migrations.AddField(
            model_name="job",
            name="failures",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
